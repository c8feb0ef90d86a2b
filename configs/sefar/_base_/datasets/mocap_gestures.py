# The mocap gestures, 112 pixels; $SEFAR_MOCAP names their folder. No flip: left and right differ.
_base_ = 'clips_112.py'
_place = dict(
    data_root='{{$SEFAR_MOCAP:data/mocap_gestures}}',
    num_classes=10,
    cache=dict(folder='data/mocap_frames'),
)
train_dataloader = dict(
    batch_sampler=dict(type='StepBatchSampler', steps=112),
    dataset=dict(
        **_place,
        labelled=dict(ann_file='lists_random/labeled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='lists_random/unlabeled_{share:02g}p.txt'),
    ),
)
val_dataloader = dict(dataset=dict(ann_file='lists_random/test.txt', **_place))
test_dataloader = val_dataloader
