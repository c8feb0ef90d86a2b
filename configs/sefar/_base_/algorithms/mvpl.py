# MvPL: FixMatch's recipe for frames, optical flow and temporal gradient together.
_base_ = 'fixmatch.py'
_motion = dict(motion=dict(type='OpticalFlow'), gradient=dict(type='TemporalGradient'))
mvpl = dict(
    algorithm={
        recipe: dict(numbers, type='MvPL') for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=dict(
        labelled=dict(pipeline=_motion),
        unlabelled=dict(
            pipeline=dict(**_motion, **_base_.fixmatch.train['unlabelled']['pipeline'])
        ),
    ),
)
