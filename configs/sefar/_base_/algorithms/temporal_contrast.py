# A self-supervised start on labelled and unlabelled clips together; the labels count too. A second
# run takes its backbone (docs/experiments.md).
_temporal_contrast = dict(_delete_=True, type='TemporalContrast')
temporal_contrast = dict(
    algorithm=dict(paper=_temporal_contrast, steps=_temporal_contrast),
    train=dict(
        unlabelled=dict(
            pipeline=dict(split=dict(views=dict(strong=dict(temporal=dict(_delete_=True))))),
        ),
    ),
)
