# SlowOnly (Feichtenhofer et al., ICCV 2019), ResNet-50; Kinetics-400.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(2, 2, 4),
            frame_format='NCTHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb/'
                'slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb_20220901-2132fc87.pth',
            ),
            backbone=dict(
                type='ResNet3dSlowOnly',
                depth=50,
                pretrained=None,
                lateral=False,
                conv1_kernel=(1, 7, 7),
                conv1_stride_t=1,
                pool1_stride_t=1,
                inflate=(0, 0, 1, 1),
            ),
        ),
        cls_head=dict(in_channels=2048),
    ),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(2, 2, 4)))),
)
