# MViTv2-S (Li et al., CVPR 2022); Kinetics-400. Its relative positions are resized to each element.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(2, 2, 4),
            frame_format='NCTHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmaction/v1.0/recognition/mvit/mvit-small-p244_32xb16-16x4x1-200e_kinetics400-rgb/'
                'mvit-small-p244_32xb16-16x4x1-200e_kinetics400-rgb_20230201-23284ff3.pth',
            ),
            backbone=dict(
                type='MViT',
                arch='small',
                drop_path_rate=0.2,
            ),
        ),
        cls_head=dict(in_channels=768),
    ),
    data_preprocessor=dict(mean=[114.75, 114.75, 114.75], std=[57.375, 57.375, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(2, 2, 4)))),
)
