# python tools/train.py configs/sefar/field/timebalance_ucf101.py
_base_ = '../_base_/rows/timebalance.py'
_data = _base_.scopes.ucf101
model = dict(recognizer=dict(cls_head=dict(num_classes=_data.num_classes)))
train_dataloader = dict(dataset=dict(share=10, **_data))
val_dataloader = test_dataloader = dict(dataset=_data)
