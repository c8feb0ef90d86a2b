# FreeMatch: FixMatch with a threshold that follows the network, class by class.
# Running means are over about 100 steps; the published 1,000 are for runs of a million.
_base_ = 'fixmatch.py'
_freematch = dict(type='FreeMatch', pseudo_labels=dict(type='SelfAdaptiveThreshold', momentum=0.99))
freematch = dict(
    algorithm={
        recipe: dict(numbers, **_freematch) for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
