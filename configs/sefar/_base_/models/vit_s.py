# The paper's small network: what makes a ViT-S/16 of vit_b.py.
vit_s = dict(
    recognizer=dict(
        backbone=dict(
            embed_dims=384,
            num_heads=6,
            pretrained='https://dl.fbaipublicfiles.com/deit/deit_small_patch16_224-cd65a155.pth',
        ),
        cls_head=dict(in_channels=384),
    ),
)
