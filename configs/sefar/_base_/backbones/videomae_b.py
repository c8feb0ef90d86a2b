# VideoMAE ViT-B/16 (Tong et al., NeurIPS 2022), fine-tuned on Kinetics-400. Its table of positions
# is fixed: elements of one length, and the table is made for that length, not interpolated.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(4, 4, 4),
            frame_format='NCTHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmaction/v1.0/recognition/videomae/'
                'vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400_20221013-860a3cd3.pth',
            ),
            backbone=dict(
                type='VisionTransformer',
                img_size=224,
                patch_size=16,
                embed_dims=768,
                depth=12,
                num_heads=12,
                num_frames=4,
                norm_cfg=dict(type='LN', eps=1e-6),
            ),
        ),
        cls_head=dict(in_channels=768),
    ),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(4, 4, 4)))),
)
