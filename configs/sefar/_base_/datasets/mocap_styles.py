# The mocap gestures tested on styles of moving that no training clip shows; see mocap_studio.py.
_base_ = 'mocap_studio.py'
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='new_styles/draw_{draw}/labelled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='new_styles/draw_{draw}/unlabelled_{share:02g}p.txt'),
    ),
)
val_dataloader = test_dataloader = dict(dataset=dict(ann_file='new_styles/test.txt'))
held_out = dict(
    train=dict(labelled=dict(ann_file='new_styles/draw_{draw}/kept_{share:02g}p.txt')),
    val=dict(ann_file='new_styles/draw_{draw}/val_{share:02g}p.txt'),
)
