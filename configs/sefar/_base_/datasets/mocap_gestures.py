# The mocap gestures (10 classes, 112 pixels); $SEFAR_MOCAP names their folder.
_base_ = 'clips_112.py'

_root = '{{$SEFAR_MOCAP:data/mocap_gestures}}'
_place = dict(data_root=_root, num_classes=10)
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='lists_random/labeled_10p.txt', **_place),
        unlabelled=dict(ann_file='lists_random/unlabeled_10p.txt', **_place),
    ),
)
val_dataloader = dict(dataset=dict(ann_file='lists_random/test.txt', **_place))
test_dataloader = val_dataloader
