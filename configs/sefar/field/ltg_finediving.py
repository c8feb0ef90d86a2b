# python tools/train.py configs/sefar/field/ltg_finediving.py
_base_ = '../_base_/rows/ltg.py'
_data = _base_.scopes.finediving
model = dict(recognizer=dict(cls_head=dict(num_classes=_data.num_classes)))
train_dataloader = dict(dataset=dict(share=5, **_data))
val_dataloader = test_dataloader = dict(dataset=_data)
