# The mocap gestures before a plain background, 64 pixels; see mocap_gestures.py.
_base_ = 'clips_64.py'
_place = dict(
    data_root='{{$SEFAR_MOCAP:data/mocap_gestures}}',
    data_prefix=dict(video='videos_studio'),
    num_classes=10,
    cache=dict(folder='data/mocap_studio_frames', short_side=80),
)
train_dataloader = dict(
    num_workers=1,
    # 38 views of each clip of the pool, 240 passes over 110 labels.
    batch_sampler=dict(type='StepBatchSampler', steps=112),
    dataset=dict(
        **_place,
        labelled=dict(ann_file='lists_random/labeled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='lists_random/unlabeled_{share:02g}p.txt'),
    ),
)
val_dataloader = dict(num_workers=1, dataset=dict(ann_file='lists_random/test.txt', **_place))
test_dataloader = val_dataloader
