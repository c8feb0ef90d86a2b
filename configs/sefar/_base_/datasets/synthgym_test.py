# SynthGym (tools/data/make_synthgym.py): validation and test, and what training shares.
data_root = 'data/synthgym'
num_classes = 18
elements = (2, 2, 4)
# No flip: the athletes of SynthGym face one way, and so do those of its test.
spatial = [
    dict(type='RandomRescale', scale_range=(64, 77)),
    dict(type='RandomCrop', size=64),
    dict(type='FormatShape', input_format='NCTHW'),
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=elements, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 64)),
    dict(type='CenterCrop', crop_size=64),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
val_dataloader = dict(
    batch_size=45,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root=data_root,
        ann_file='val.txt',
        data_prefix=dict(video='videos'),
        num_classes=num_classes,
        classes_file='classes.txt',
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=45,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root=data_root,
        ann_file='test.txt',
        data_prefix=dict(video='videos'),
        num_classes=num_classes,
        classes_file='classes.txt',
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
