# L2A: 3D-ResNet-18 from image weights, 8 frames, 400 epochs.
_base_ = ['clips_8.py', '../algorithms/learn2augment.py']
model = dict(
    recognizer=_base_.networks.r3d_18_image,
    algorithm=dict(
        _base_.learn2augment.algorithm.paper,
        warmup=dict(epochs=66, ramp='released'),
    ),
)
# A clip by itself at the end of an epoch has no scene of another one.
train_dataloader = dict(drop_last=True, dataset=_base_.learn2augment.train)
train_cfg = dict(max_epochs=400, val_begin=66, val_interval=66)
param_scheduler = [dict(type='MultiStepLR', milestones=[333, 373], gamma=0.1, by_epoch=True)]
