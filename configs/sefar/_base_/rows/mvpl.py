# MvPL: 3D-ResNet-50, 8 frames, 600 epochs.
_base_ = ['clips_8.py', '../algorithms/mvpl.py']
model = dict(
    recognizer=_base_.networks.r3d_50,
    algorithm=dict(
        _base_.mvpl.algorithm.paper,
        warmup=dict(epochs=100, ramp='released'),
    ),
)
train_dataloader = dict(dataset=_base_.mvpl.train)
train_cfg = dict(max_epochs=600, val_begin=100, val_interval=100)
param_scheduler = [dict(type='MultiStepLR', milestones=[500, 560], gamma=0.1, by_epoch=True)]
