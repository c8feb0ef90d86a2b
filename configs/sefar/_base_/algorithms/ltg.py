# LTG: FixMatch's recipe for a network of frames that follows one of temporal gradients.
_base_ = 'fixmatch.py'
_gradient = dict(gradient=dict(type='TemporalGradient'))
_blocks = dict(
    paper=dict(
        blocks=[f'backbone.transformer_layers.layers.{block}' for block in (2, 5, 8, 11)],
        block_channels=-1,
    ),
    steps=dict(blocks=[f'backbone.backbone.layer{block}' for block in (1, 2, 3, 4)]),
)
ltg = dict(
    algorithm={
        recipe: dict(
            numbers,
            type='LTG',
            gamma_un=1.0,
            gamma_contrast=2.0,
            warmup=dict(numbers['warmup'], ramp='constant'),
            **_blocks[recipe],
        )
        for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=dict(
        labelled=dict(pipeline=_gradient),
        unlabelled=dict(
            pipeline=dict(**_gradient, **_base_.fixmatch.train['unlabelled']['pipeline'])
        ),
    ),
)
