# python tools/train.py configs/sefar/sefar_s_mocap_studio_5p.py --amp
_base_ = ['_base_/sefar_s_steps.py', '_base_/datasets/mocap_studio_224.py']
model = dict(recognizer=dict(cls_head=dict(num_classes=10)))
train_dataloader = dict(dataset=dict(share=5, **_base_.sefar.train))
train_cfg = dict(val_interval=30)  # no validation list: the test list is read once, at the end
