# python tools/train.py configs/sefar/sefar_synthgym_moving_10p.py
_base_ = ['_base_/sefar_cnn.py', '_base_/datasets/synthgym_moving.py']
model = dict(recognizer=dict(cls_head=dict(num_classes=18)))
train_dataloader = dict(dataset=dict(share=10, **_base_.sefar.train))
