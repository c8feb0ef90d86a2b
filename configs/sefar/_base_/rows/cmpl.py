# CMPL: R50 and one of a quarter of its width, 8 frames, 200 epochs.
_base_ = ['clips_8.py', '../algorithms/cmpl.py']
model = dict(
    recognizer=_base_.networks.r3d_50,
    algorithm=dict(
        _base_.cmpl.algorithm.paper,
        warmup=dict(epochs=33, ramp='released'),
        auxiliary=dict(
            backbone=dict(backbone=dict(base_channels=16)), cls_head=dict(in_channels=512)
        ),
    ),
)
train_dataloader = dict(dataset=_base_.cmpl.train)
train_cfg = dict(max_epochs=200, val_begin=33, val_interval=33)
param_scheduler = [dict(type='MultiStepLR', milestones=[166, 186], gamma=0.1, by_epoch=True)]
