# The same clips at 224 pixels, twice their own size, for networks with image weights.
_base_ = 'mocap_studio.py'
_view = dict(rescale=dict(scale_range=(224, 269)), crop=dict(size=224))
_own_size = dict(cache=dict(_delete_=True, folder='data/mocap/frames_studio_112'))
train_dataloader = dict(
    num_workers=8,
    dataset=dict(
        labelled=dict(pipeline=dict(split=dict(views=dict(labelled=_view)))),
        unlabelled=dict(pipeline=dict(split=dict(views=dict(weak=_view, strong=_view)))),
        **_own_size,
    ),
)
val_dataloader = dict(
    num_workers=8,
    dataset=dict(
        pipeline=dict(resize=dict(scale=(-1, 224)), crop=dict(crop_size=224)), **_own_size
    ),
)
test_dataloader = val_dataloader
