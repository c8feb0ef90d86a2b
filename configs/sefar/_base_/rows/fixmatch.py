# FixMatch: SlowFast-R50, 8 frames, 200 epochs; from random weights here.
_base_ = ['clips_8.py', '../algorithms/fixmatch.py']
model = dict(
    recognizer=_base_.networks.slowfast_50,
    algorithm=dict(
        _base_.fixmatch.algorithm.paper,
        warmup=dict(epochs=33, ramp='released'),
    ),
)
train_dataloader = dict(dataset=_base_.fixmatch.train)
train_cfg = dict(max_epochs=200, val_begin=33, val_interval=33)
param_scheduler = [dict(type='MultiStepLR', milestones=[166, 186], gamma=0.1, by_epoch=True)]
