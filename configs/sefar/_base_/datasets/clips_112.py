# Any folder of clips, at 112 pixels: the lists labelled.txt, unlabelled.txt and test.txt in
# data_root name clips under data_root/videos. Other sizes and data are overlays of this file.
#
# Every step has a name, and every view its slots: temporal, rescale, crop, flip, strength, format.
# An empty slot is dict(), dict(_delete_=True) empties a filled one (=None on the command line). No
# flip here: mirrored, some actions are others (left, right).
_sample = dict(type='DualLevelSampleFrames')
_view = dict(
    temporal=dict(),
    rescale=dict(type='RandomRescale', scale_range=(112, 128)),
    crop=dict(type='RandomCrop', size=112),
    flip=dict(),
    strength=dict(),
    format=dict(type='FormatShape', input_format='NCTHW'),
)
_strong = dict(_view, strength=dict(type='ClipRandAugment', num_ops=2, magnitude=9))
train_dataloader = dict(
    batch_size=32,  # 8 labelled and 24 unlabelled clips
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='RatioSampler', ratio=(1, 3)),
    collate_fn=dict(type='semi_supervised_collate'),
    dataset=dict(
        type='SemiSupervisedDataset',
        data_root='data/own',
        data_prefix=dict(video='videos'),
        num_classes=2,
        labelled=dict(
            type='LabelledVideoDataset',
            ann_file='labelled.txt',
            classes_file='classes.txt',
            pipeline=dict(
                init=dict(type='ClipInit'),
                sample=_sample,
                decode=dict(type='DecordDecode'),
                split=dict(type='SplitViews', views=dict(labelled=_view)),
                pack=dict(type='PackViews'),
            ),
        ),
        unlabelled=dict(
            type='UnlabelledVideoDataset',
            ann_file='unlabelled.txt',
            pipeline=dict(
                init=dict(type='ClipInit'),
                sample=dict(_sample, views=('weak', 'strong')),
                decode=dict(type='DecordDecode'),
                split=dict(type='SplitViews', views=dict(weak=_view, strong=_strong)),
                pack=dict(type='PackViews'),
            ),
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
        data_root='data/own',
        ann_file='test.txt',
        data_prefix=dict(video='videos'),
        num_classes=2,
        classes_file='classes.txt',
        pipeline=dict(
            init=dict(type='ClipInit'),
            sample=dict(_sample, test_mode=True),
            decode=dict(type='DecordDecode'),
            resize=dict(type='Resize', scale=(-1, 112)),
            crop=dict(type='CenterCrop', crop_size=112),
            format=dict(type='FormatShape', input_format='NCTHW'),
            pack=dict(type='PackActionInputs'),
        ),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
