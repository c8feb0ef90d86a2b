# Clips at 224 pixels, as the paper has them: mirrored half the time, no spatial strength.
_base_ = 'clips_112.py'
_view = dict(
    rescale=dict(scale_range=(256, 320)),
    crop=dict(size=224),
    flip=dict(type='Flip', flip_ratio=0.5),
    strength=dict(_delete_=True),
)
train_dataloader = dict(
    num_workers=8,
    dataset=dict(
        labelled=dict(pipeline=dict(split=dict(views=dict(labelled=_view)))),
        unlabelled=dict(pipeline=dict(split=dict(views=dict(weak=_view, strong=_view)))),
    ),
)
# No source publishes a validation list; the test list is watched, and nothing is chosen by it.
val_dataloader = dict(
    batch_size=8,
    num_workers=8,
    dataset=dict(pipeline=dict(resize=dict(scale=(-1, 224)), crop=dict(crop_size=224))),
)
test_dataloader = val_dataloader
