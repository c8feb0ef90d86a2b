# The mocap gestures whose first 7 classes are known; 30 % of the pool are clips of the other three:
# tools/data/make_pools.py data/mocap/random --known 7 --foreign 30 --out data/mocap/foreign
_base_ = 'mocap_studio.py'
symmetries = dict(flip_label_map=dict({1: 2, 2: 1, 5: 6, 6: 5}, _delete_=True))
_known = dict(num_classes=7, classes_file=None)  # the names are those of all ten
train_dataloader = dict(
    dataset=dict(
        num_classes=7,
        labelled=dict(ann_file='foreign/draw_{draw}/labelled_{share:02g}p.txt', classes_file=None),
        unlabelled=dict(ann_file='foreign/draw_{draw}/unlabelled_{share:02g}p.txt'),
    ),
)
val_dataloader = test_dataloader = dict(dataset=dict(ann_file='foreign/test.txt', **_known))
held_out = dict(
    train=dict(labelled=dict(ann_file='foreign/draw_{draw}/kept_{share:02g}p.txt')),
    val=dict(ann_file='foreign/draw_{draw}/val_{share:02g}p.txt'),
)
