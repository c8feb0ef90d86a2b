# Clips at 64 pixels.
_base_ = 'clips_112.py'
_view = dict(rescale=dict(scale_range=(64, 77)), crop=dict(size=64))
train_dataloader = dict(
    dataset=dict(
        labelled=dict(pipeline=dict(split=dict(views=dict(labelled=_view)))),
        unlabelled=dict(pipeline=dict(split=dict(views=dict(weak=_view, strong=_view)))),
    ),
)
val_dataloader = dict(
    dataset=dict(pipeline=dict(resize=dict(scale=(-1, 64)), crop=dict(crop_size=64))),
)
test_dataloader = val_dataloader
