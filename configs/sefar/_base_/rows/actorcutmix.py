# ActorCutMix: R(2+1)D-34, 8 frames, 360 epochs; from random weights here.
_base_ = ['clips_8.py', '../algorithms/actorcutmix.py']
model = dict(
    recognizer=_base_.networks.r2plus1d_34,
    algorithm=dict(
        _base_.actorcutmix.algorithm.paper,
        warmup=dict(epochs=60, ramp='released'),
    ),
)
train_dataloader = dict(dataset=_base_.actorcutmix.train)
train_cfg = dict(max_epochs=360, val_begin=60, val_interval=60)
param_scheduler = [dict(type='MultiStepLR', milestones=[300, 336], gamma=0.1, by_epoch=True)]
