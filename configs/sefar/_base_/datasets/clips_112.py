# Any folder of clips, at 112 pixels: the lists labelled.txt, unlabelled.txt and test.txt in
# data_root name clips under data_root/videos. No flip: mirrored, some actions are others (left,
# right). docs/own_data.md says how to add a flip.
data_root = 'data/own'
num_classes = 2
elements = (2, 2, 4)
spatial = [
    dict(type='RandomRescale', scale_range=(112, 128)),
    dict(type='RandomCrop', size=112),
    dict(type='FormatShape', input_format='NCTHW'),
]
labelled_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=elements),
    dict(type='DecordDecode'),
    dict(type='SplitViews', views=dict(labelled=spatial)),
    dict(type='PackActionInputs', collect_keys=('labelled',), meta_keys=('flipped',)),
]
unlabelled_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=elements, views=('weak', 'strong')),
    dict(type='DecordDecode'),
    dict(
        type='SplitViews',
        views=dict(
            weak=spatial,
            strong=[
                dict(type='TemporalReverseElements'),
                dict(type='RandomRescale', scale_range=(112, 128)),
                dict(type='RandomCrop', size=112),
                dict(type='ClipRandAugment', num_ops=2, magnitude=9),
                dict(type='FormatShape', input_format='NCTHW'),
            ],
        ),
    ),
    dict(type='PackActionInputs', collect_keys=('weak', 'strong'), meta_keys=('flipped',)),
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=elements, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 112)),
    dict(type='CenterCrop', crop_size=112),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(
    batch_size=32,  # 8 labelled and 24 unlabelled clips
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='EpochSeededSampler', ratio=(1, 3)),
    collate_fn=dict(type='semi_supervised_collate'),
    dataset=dict(
        type='SemiSupervisedDataset',
        labelled=dict(
            type='LabelledVideoDataset',
            data_root=data_root,
            ann_file='labelled.txt',
            data_prefix=dict(video='videos'),
            num_classes=num_classes,
            classes_file='classes.txt',
            pipeline=labelled_pipeline,
        ),
        unlabelled=dict(
            type='UnlabelledVideoDataset',
            data_root=data_root,
            ann_file='unlabelled.txt',
            data_prefix=dict(video='videos'),
            num_classes=num_classes,
            pipeline=unlabelled_pipeline,
        ),
    ),
)
val_dataloader = dict(
    batch_size=24,
    num_workers=2,
    persistent_workers=True,
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
test_dataloader = val_dataloader
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
