# TACL: FixMatch's recipe with two strong views, of coarse and of fine temporal perturbation.
_base_ = 'fixmatch.py'
_randaugment = dict(type='ClipRandAugment', num_ops=2, magnitude=9)
tacl = dict(
    algorithm={
        recipe: dict(numbers, type='TACL') for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=dict(
        unlabelled=dict(
            pipeline=dict(
                sample=dict(views=('weak', 'strong', 'fine')),
                split=dict(
                    views=dict(
                        strong=dict(
                            temporal=dict(_delete_=True, type='TemporalWarp'),
                            strength=_randaugment,
                        ),
                        fine=dict(like='strong', temporal=dict(type='TemporalSwap')),
                    ),
                ),
            ),
        ),
    ),
)
