# CMPL: FixMatch with a second network of a quarter of the width; each labels for the other.
_base_ = 'fixmatch.py'
_quarter = dict(
    paper=dict(
        backbone=dict(embed_dims=192, num_heads=3, pretrained=None), cls_head=dict(in_channels=192)
    ),
    steps=dict(backbone=dict(backbone=dict(base_channels=4)), cls_head=dict(in_channels=32)),
)
cmpl = dict(
    algorithm={
        recipe: dict(numbers, type='CMPL', auxiliary=_quarter[recipe])
        for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
