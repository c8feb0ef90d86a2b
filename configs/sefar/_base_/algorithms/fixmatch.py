# FixMatch: one network, hard labels above a threshold; the strong view differs in space alone.
_fixmatch = dict(_delete_=True, type='FixMatch')
fixmatch = dict(
    algorithm=dict(
        paper=dict(gamma_un=2.0, warmup=dict(epochs=5, ramp='released'), **_fixmatch),
        steps=dict(gamma_un=3.0, warmup=dict(share=1 / 6, ramp='released'), **_fixmatch),
    ),
    train=dict(
        unlabelled=dict(
            pipeline=dict(
                split=dict(
                    views=dict(
                        strong=dict(
                            temporal=dict(_delete_=True),
                            strength=dict(type='ClipRandAugment', num_ops=2, magnitude=9),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
