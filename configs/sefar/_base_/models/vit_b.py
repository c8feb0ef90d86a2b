# The paper's network: TimeSformer with ViT-B/16, from image weights.
model = dict(
    type='SemiSupervisedRecognizer',
    recognizer=dict(
        type='Recognizer3D',
        backbone=dict(
            type='DualLevelTimeSformer',
            img_size=224,
            patch_size=16,
            embed_dims=768,
            num_layers=12,
            num_heads=12,
            drop_path_rate=0.1,
            pretrained='https://github.com/rwightman/pytorch-image-models/releases/download/'
            'v0.1-vitjx/jx_vit_base_p16_224-80ecf9dd.pth',
        ),
        cls_head=dict(type='PairwiseFusionHead', num_classes=2, in_channels=768, dropout_ratio=0.5),
    ),
    algorithm=dict(),  # chosen by _base_/algorithms
    data_preprocessor=dict(
        type='SemiSupervisedDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
)
