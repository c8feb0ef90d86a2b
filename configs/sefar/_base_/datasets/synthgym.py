# SynthGym (tools/data/make_synthgym.py), 64 pixels. No flip: its athletes face one way. Decoded
# once (tools/data/cache_frames.py), at its own size: training gives the same numbers without.
_base_ = 'clips_64.py'
_place = dict(data_root='data/synthgym', num_classes=18, cache=dict(folder='data/synthgym/frames'))
train_dataloader = dict(
    num_workers=1,
    dataset=dict(
        **_place,
        labelled=dict(ann_file='labelled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='unlabelled_{share:02g}p.txt'),
    ),
)
val_dataloader = dict(batch_size=45, num_workers=1, dataset=dict(ann_file='val.txt', **_place))
test_dataloader = dict(batch_size=45, num_workers=1, dataset=dict(ann_file='test.txt', **_place))
