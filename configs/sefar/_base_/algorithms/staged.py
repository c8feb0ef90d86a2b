# What methods of several stages share; tools/train.py trains them one after another.
runner_type = 'StagedRunner'
# A stage that knows no classes yet, from scratch, and a network that begins with its backbone.
unlabelled_stage = dict(val_cfg=None, val_dataloader=None, val_evaluator=None)
scratch = dict(backbone=dict(init_cfg=None))
started = dict(
    backbone=dict(
        init_cfg=dict(type='Pretrained', checkpoint='stage:start', prefix='student.backbone.'),
    ),
)
