# A small 3D ResNet run on each element: for clips of 64 to 112 pixels; trains on a CPU.
model = dict(
    type='SemiSupervisedRecognizer',
    recognizer=dict(
        type='Recognizer3D',
        backbone=dict(
            type='PerElementBackbone',
            backbone=dict(
                type='ResNet3d',
                depth=18,
                stage_blocks=(1, 1, 1, 1),
                base_channels=16,
                conv1_kernel=(3, 5, 5),
                with_pool2=False,
                norm_cfg=dict(type='BN3d'),
                zero_init_residual=False,
                pretrained=None,
                pretrained2d=False,
            ),
        ),
        cls_head=dict(type='PairwiseFusionHead', num_classes=2, in_channels=128, dropout_ratio=0.5),
    ),
    algorithm=dict(),  # chosen by _base_/algorithms
    data_preprocessor=dict(
        type='SemiSupervisedDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
)
