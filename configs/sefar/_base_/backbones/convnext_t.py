# An image network for every frame, here ConvNeXt-T (Liu et al., CVPR 2022) of MMPretrain;
# ImageNet-1k. Any other of MMPretrain, timm (timm.NAME) or torchvision stands in its place.
zoo = dict(
    recognizer=dict(
        backbone=dict(
            _delete_=True,
            type='PerElementBackbone',
            elements=(2, 2, 4),
            frame_format='NCHW',
            init_cfg=dict(
                type='Pretrained',
                checkpoint='https://download.openmmlab.com/mmclassification/v0/convnext/'
                'convnext-tiny_32xb128_in1k_20221207-998cf3e9.pth',
            ),
            backbone=dict(
                type='mmpretrain.ConvNeXt',
                arch='tiny',
                out_indices=(3,),
                gap_before_final_norm=False,
                drop_path_rate=0.1,
            ),
        ),
        cls_head=dict(in_channels=768),
    ),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    sampled=dict(pipeline=dict(sample=dict(elements=(2, 2, 4)))),
)
