# UniFormerV2-B/16 (Li et al., ICCV 2023), CLIP; Kinetics-400. Elements of one length.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(4, 4, 4),
            frame_format='NCTHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv2/uniformerv2-base-p16-res224_clip_8xb32-u8_kinetics400-rgb/'
                'uniformerv2-base-p16-res224_clip_8xb32-u8_kinetics400-rgb_20230313-e29fc968.pth',
            ),
            backbone=dict(
                type='UniFormerV2',
                input_resolution=224,
                patch_size=16,
                width=768,
                layers=12,
                heads=12,
                t_size=4,
                dw_reduction=1.5,
                temporal_downsample=False,
                no_lmhra=True,
                double_lmhra=True,
                return_list=[8, 9, 10, 11],
                n_layers=4,
                n_dim=768,
                n_head=12,
                mlp_factor=4.0,
                mlp_dropout=[0.5, 0.5, 0.5, 0.5],
                clip_pretrained=False,
                pretrained=None,
            ),
        ),
        cls_head=dict(in_channels=768),
    ),
    data_preprocessor=dict(mean=[114.75, 114.75, 114.75], std=[57.375, 57.375, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(4, 4, 4)))),
)
