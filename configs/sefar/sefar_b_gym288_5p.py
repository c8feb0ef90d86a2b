# bash tools/dist_train.sh configs/sefar/sefar_b_gym288_5p.py 8 --auto-scale-lr
_base_ = '_base_/sefar_b.py'
model = dict(recognizer=dict(cls_head=dict(num_classes=_base_.scopes.gym288.num_classes)))
train_dataloader = dict(dataset=dict(share=5, **_base_.scopes.gym288))
val_dataloader = test_dataloader = dict(dataset=_base_.scopes.gym288)
