# L2A: FixMatch's recipe and composites of labelled clips.
_base_ = 'fixmatch.py'
learn2augment = dict(
    algorithm={
        recipe: dict(numbers, type='Learn2Augment')
        for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
