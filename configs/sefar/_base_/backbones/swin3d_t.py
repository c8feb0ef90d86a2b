# Video Swin-T (Liu et al., CVPR 2022); Kinetics-400. It takes frames by twos: even elements.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(2, 2, 4),
            frame_format='NCTHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmaction/v1.0/recognition/swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb/'
                'swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb_20220930-241016b2.pth',
            ),
            backbone=dict(
                type='SwinTransformer3D',
                arch='tiny',
                pretrained=None,
                pretrained2d=False,
                patch_size=(2, 4, 4),
                window_size=(8, 7, 7),
                drop_path_rate=0.1,
            ),
        ),
        cls_head=dict(in_channels=768),
    ),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(2, 2, 4)))),
)
