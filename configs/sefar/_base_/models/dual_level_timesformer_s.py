_base_ = 'dual_level_timesformer_b.py'

model = dict(
    backbone=dict(
        embed_dims=384,
        num_heads=6,
        pretrained='https://dl.fbaipublicfiles.com/deit/deit_small_patch16_224-cd65a155.pth',
    ),
    cls_head=dict(in_channels=384),
)
