# python tools/train.py configs/sefar/field/tacl_hmdb51.py
_base_ = '../_base_/rows/tacl.py'
_data = _base_.scopes.hmdb51
model = dict(recognizer=dict(cls_head=dict(num_classes=_data.num_classes)))
train_dataloader = dict(dataset=dict(share=40, **_data))
val_dataloader = test_dataloader = dict(dataset=_data)
