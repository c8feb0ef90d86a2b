# bash tools/dist_train.sh configs/sefar/sefar_b_hmdb51_40p.py 8 --auto-scale-lr
_base_ = '_base_/sefar_b.py'
model = dict(recognizer=dict(cls_head=dict(num_classes=_base_.scopes.hmdb51.num_classes)))
train_dataloader = dict(dataset=dict(share=40, **_base_.scopes.hmdb51))
val_dataloader = test_dataloader = dict(dataset=_base_.scopes.hmdb51)
