# python tools/train.py configs/sefar/field/memdpc_gym99.py
_base_ = '../_base_/rows/memdpc.py'
_data = _base_.scopes.gym99
model = dict(recognizer=dict(cls_head=dict(num_classes=_data.num_classes)))
train_dataloader = dict(dataset=dict(share=5, **_data))
val_dataloader = test_dataloader = dict(dataset=_data)
