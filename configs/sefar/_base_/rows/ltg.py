# LTG: 3D-ResNet-18, 8 frames, 180 epochs, 30 of them labels alone.
_base_ = ['clips_8.py', '../algorithms/ltg.py']
model = dict(
    recognizer=_base_.networks.r3d_18,
    algorithm=dict(
        _base_.ltg.algorithm.paper,
        warmup=dict(epochs=30, ramp='constant'),
        blocks=[f'backbone.backbone.layer{block}' for block in (1, 2, 3, 4)],
        block_channels=1,
    ),
)
train_dataloader = dict(dataset=_base_.ltg.train)
train_cfg = dict(max_epochs=180, val_begin=30, val_interval=30)
param_scheduler = [dict(type='MultiStepLR', milestones=[150, 168], gamma=0.1, by_epoch=True)]
