# SVFormer: one clip of eight frames, temporal warping, threshold 0.3, Tube TokenMix.
_svformer_elements = (8,)
_svformer_sample = dict(elements=_svformer_elements)
_svformer_clip = dict(pipeline=dict(sample=_svformer_sample))
_svformer = dict(
    _delete_=True,
    type='SVFormer',
    mix=dict(type='TubeMix', cell=16),
    mix_loss=dict(type='MixLoss', compare='logits'),
)
svformer = dict(
    algorithm=dict(
        paper=dict(
            gamma_un=2.0,
            gamma_mix=2.0,
            ema=dict(momentum=1e-4),
            warmup=dict(epochs=5, ramp='released'),
            **_svformer,
        ),
        steps=dict(
            gamma_un=3.0,
            gamma_mix=3.0,
            ema=dict(span=0.015),
            warmup=dict(share=1 / 6, ramp='released'),
            **_svformer,
        ),
    ),
    network=dict(backbone=dict(elements=_svformer_elements), cls_head=dict(num_elements=1)),
    train=dict(
        labelled=_svformer_clip,
        unlabelled=dict(
            pipeline=dict(
                sample=_svformer_sample,
                split=dict(views=dict(strong=dict(temporal=dict(type='TemporalWarp')))),
            ),
        ),
    ),
    test=_svformer_clip,
)
