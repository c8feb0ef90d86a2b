# TACL: 3D-ResNet-50 from image weights, 16 frames, 200 epochs.
_base_ = ['clips_16.py', '../algorithms/tacl.py']
model = dict(
    recognizer=_base_.networks.r3d_50_image,
    algorithm=dict(
        _base_.tacl.algorithm.paper,
        warmup=dict(epochs=33, ramp='released'),
    ),
)
train_dataloader = dict(dataset=_base_.tacl.train)
train_cfg = dict(max_epochs=200, val_begin=33, val_interval=33)
param_scheduler = [dict(type='MultiStepLR', milestones=[166, 186], gamma=0.1, by_epoch=True)]
