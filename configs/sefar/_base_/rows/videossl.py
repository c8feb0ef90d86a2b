# VideoSSL: 3D-ResNet-18 from image weights, 16 frames, 500 epochs.
_base_ = ['clips_16.py', '../algorithms/videossl.py']
model = dict(
    recognizer=_base_.networks.r3d_18_image,
    algorithm=dict(
        _base_.videossl.algorithm.paper,
        warmup=dict(epochs=83, ramp='released'),
        image=dict(
            backbone=dict(elements=(1,), backbone=dict(with_pool2=False)),
            cls_head=dict(num_elements=1),
        ),
    ),
)
train_dataloader = dict(dataset=_base_.videossl.train)
train_cfg = dict(max_epochs=500, val_begin=83, val_interval=83)
param_scheduler = [dict(type='MultiStepLR', milestones=[416, 466], gamma=0.1, by_epoch=True)]
