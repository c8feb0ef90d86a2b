# TSM (Lin et al., ICCV 2019), ResNet-50; Kinetics-400.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(2, 2, 4),
            frame_format='NCHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmaction/v1.0/recognition/tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-100e_kinetics400-rgb/'
                'tsm_imagenet-pretrained-r50_8xb16-1x1x8-100e_kinetics400-rgb_20220831-a6db1e5d.pth',
            ),
            backbone=dict(
                type='ResNetTSM',
                depth=50,
                num_segments=8,  # PerElementBackbone tells it each element's length
                shift_div=8,
                pretrained=None,
                pretrained2d=False,  # with image weights it would ask for a network
            ),
        ),
        cls_head=dict(in_channels=2048),
    ),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(2, 2, 4)))),
)
