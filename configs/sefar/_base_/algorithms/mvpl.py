# MvPL: FixMatch's recipe for frames, optical flow and temporal gradient together.
_base_ = 'fixmatch.py'
_flow = dict(pipeline=dict(motion=dict(type='OpticalFlow')))
mvpl = dict(
    algorithm={
        recipe: dict(numbers, type='MvPL') for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=dict(
        labelled=_flow,
        unlabelled=dict(
            pipeline=dict(
                motion=dict(type='OpticalFlow'), **_base_.fixmatch.train['unlabelled']['pipeline']
            ),
        ),
    ),
)
