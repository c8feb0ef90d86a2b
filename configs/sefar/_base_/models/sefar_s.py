_base_ = 'sefar_b.py'

model = dict(
    recognizer=dict(
        backbone=dict(
            embed_dims=384,
            num_heads=6,
            pretrained='https://dl.fbaipublicfiles.com/deit/deit_small_patch16_224-cd65a155.pth',
        ),
        cls_head=dict(in_channels=384),
    ),
)
