_base_ = 'synthgym_test.py'

labelled_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=_base_.elements),
    dict(type='DecordDecode'),
    dict(type='SplitViews', views=dict(labelled=_base_.spatial)),
    dict(type='PackActionInputs', collect_keys=('labelled',), meta_keys=('flipped',)),
]
unlabelled_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=_base_.elements, views=('weak', 'strong')),
    dict(type='DecordDecode'),
    dict(
        type='SplitViews',
        views=dict(
            weak=_base_.spatial,
            strong=[
                dict(type='TemporalReverseElements'),
                dict(type='RandomRescale', scale_range=(64, 77)),
                dict(type='RandomCrop', size=64),
                dict(type='ClipRandAugment', num_ops=2, magnitude=9),
                dict(type='FormatShape', input_format='NCTHW'),
            ],
        ),
    ),
    dict(type='PackActionInputs', collect_keys=('weak', 'strong'), meta_keys=('flipped',)),
]
train_dataloader = dict(
    batch_size=32,  # 8 labelled and 24 unlabelled clips
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='EpochSeededSampler', ratio=(1, 3)),
    collate_fn=dict(type='semi_supervised_collate'),
    dataset=dict(
        type='SemiSupervisedDataset',
        labelled=dict(
            type='LabelledVideoDataset',
            data_root=_base_.data_root,
            ann_file='labelled_10p.txt',
            data_prefix=dict(video='videos'),
            num_classes=_base_.num_classes,
            classes_file='classes.txt',
            pipeline=labelled_pipeline,
        ),
        unlabelled=dict(
            type='UnlabelledVideoDataset',
            data_root=_base_.data_root,
            ann_file='unlabelled_10p.txt',
            data_prefix=dict(video='videos'),
            num_classes=_base_.num_classes,
            pipeline=unlabelled_pipeline,
        ),
    ),
)
