# SeFAR. Components default to the paper's equations; where the recipes depart (scale, gamma, ramp)
# they take what the authors trained with, see docs/method.md.
_sefar = dict(
    _delete_=True,
    type='SeFAR',
    pseudo_labels=dict(type='AdaptiveRegulationLoss', scale='released', num_predictions=10),
    mix=dict(type='TubeMix', cell=16),
)
sefar = dict(
    algorithm=dict(
        paper=dict(
            gamma_un=2.0,
            gamma_mix=2.0,
            ema=dict(momentum=1e-4),
            warmup=dict(epochs=5, ramp='released'),
            **_sefar,
        ),
        # From random weights, in a few thousand steps: warm-up and teacher are shares of the run,
        # and the unlabelled losses count in full from the end of the warm-up on.
        steps=dict(
            gamma_un=3.0,
            gamma_mix=3.0,
            ema=dict(span=0.015),
            warmup=dict(share=1 / 6, ramp='constant'),
            **_sefar,
        ),
    ),
    train=dict(
        unlabelled=dict(
            pipeline=dict(
                split=dict(views=dict(strong=dict(temporal=dict(type='TemporalReverseElements')))),
            ),
        ),
    ),
)
