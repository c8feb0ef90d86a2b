# The mocap gestures before a plain background, 64 pixels: lists and links by
# tools/data/make_mocap.py. A mirror exchanges left and right.
_base_ = 'clips_64.py'
symmetries = dict(flip_label_map={1: 2, 2: 1, 5: 6, 6: 5, 8: 9, 9: 8})
_place = dict(
    data_root='data/mocap',
    data_prefix=dict(video='videos_studio'),
    num_classes=10,
    cache=dict(folder='data/mocap/frames_studio', short_side=80),
)
train_dataloader = dict(
    num_workers=1,
    # 38 views of each clip of the pool at 5 %, 240 passes over 110 labels.
    batch_sampler=dict(type='StepBatchSampler', steps=112),
    dataset=dict(
        **_place,
        draw=0,  # of the labelled clips
        labelled=dict(ann_file='random/draw_{draw}/labelled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='random/draw_{draw}/unlabelled_{share:02g}p.txt'),
    ),
)
val_dataloader = dict(num_workers=1, dataset=dict(ann_file='random/test.txt', **_place))
test_dataloader = val_dataloader
# For runs that look at held-out labelled clips: a fifth of each class.
held_out = dict(
    train=dict(labelled=dict(ann_file='random/draw_{draw}/kept_{share:02g}p.txt')),
    val=dict(ann_file='random/draw_{draw}/val_{share:02g}p.txt', draw=0),
)
