# What methods of several stages share; tools/train.py trains them one after another.
runner_type = 'StagedRunner'
# A stage that knows no classes yet, on clips as they are, whose epoch is a pass over the pool; a
# network from scratch; and one that begins with a stage's backbone.
_distorted = dict(
    temporal=dict(_delete_=True),
    strength=dict(type='ClipRandAugment', num_ops=2, magnitude=9),
)
_in_order = dict(pipeline=dict(split=dict(views=dict(strong=_distorted))))
unlabelled_stage = dict(
    val_cfg=None,
    val_dataloader=None,
    val_evaluator=None,
    train_dataloader=dict(
        dataset=dict(flip_label_map=None, reverse_label_map=None, unlabelled=_in_order),
        sampler=dict(pass_over='unlabelled'),
    ),
)
scratch = dict(backbone=dict(init_cfg=None))
started = dict(
    backbone=dict(
        init_cfg=dict(type='Pretrained', checkpoint='stage:start', prefix='student.backbone.'),
    ),
)
