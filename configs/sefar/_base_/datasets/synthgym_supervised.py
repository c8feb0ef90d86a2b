_base_ = 'synthgym_test.py'

train_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=_base_.elements),
    dict(type='DecordDecode'),
    dict(type='RandomRescale', scale_range=(64, 77)),
    dict(type='RandomCrop', size=64),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='EpochSeededSampler'),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root=_base_.data_root,
        ann_file='labelled_10p.txt',
        data_prefix=dict(video='videos'),
        num_classes=_base_.num_classes,
        classes_file='classes.txt',
        pipeline=train_pipeline,
    ),
)
