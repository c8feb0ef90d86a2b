# New styles to settle things on: two styles of mocap_styles' training clips are the test.
_base_ = 'mocap_studio.py'
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='held_styles/draw_{draw}/labelled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='held_styles/draw_{draw}/unlabelled_{share:02g}p.txt'),
    ),
)
val_dataloader = test_dataloader = dict(dataset=dict(ann_file='held_styles/test.txt'))
held_out = dict(
    train=dict(labelled=dict(ann_file='held_styles/draw_{draw}/kept_{share:02g}p.txt')),
    val=dict(ann_file='held_styles/draw_{draw}/val_{share:02g}p.txt'),
)
