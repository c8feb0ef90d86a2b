# AdaMatch: FixMatch with a threshold relative to the labelled clips; classes aligned to theirs.
# Running means are over about 100 steps; the published 1,000 are for runs of a million.
_base_ = 'fixmatch.py'
_adamatch = dict(
    type='AdaMatch',
    pseudo_labels=dict(
        type='RelativeThreshold',
        alignment=dict(type='DistributionAlignment', target='labelled', momentum=0.99),
    ),
)
adamatch = dict(
    algorithm={
        recipe: dict(numbers, **_adamatch) for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
