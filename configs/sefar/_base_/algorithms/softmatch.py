# SoftMatch: FixMatch whose pseudo labels all count, by a truncated Gaussian of the confidence in
# aligned classes; labels are not aligned.
# Running means are over about 100 steps; the published 1,000 are for runs of a million.
_base_ = 'fixmatch.py'
_softmatch = dict(
    type='SoftMatch',
    pseudo_labels=dict(
        type='TruncatedGaussian',
        momentum=0.99,
        alignment=dict(type='DistributionAlignment', momentum=0.99, labels=False),
    ),
)
softmatch = dict(
    algorithm={
        recipe: dict(numbers, **_softmatch) for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
