# SynthGym (tools/data/make_synthgym.py), 64 pixels. No flip: its athletes face one way. Decoded
# once (tools/data/cache_frames.py), at its own size: training gives the same numbers without.
_base_ = 'clips_64.py'
# A forward element is a backward one played backwards.
_turned = {0: 3, 1: 4, 2: 5, 6: 9, 7: 10, 8: 11, 12: 15, 13: 16, 14: 17}
symmetries = dict(reverse_label_map={**_turned, **{b: a for a, b in _turned.items()}})
_place = dict(data_root='data/synthgym', num_classes=18, cache=dict(folder='data/synthgym/frames'))
train_dataloader = dict(
    num_workers=1,
    # 62 views of each clip of the pool at 10 %, 187 passes over 144 labels.
    batch_sampler=dict(type='StepBatchSampler', steps=112),
    dataset=dict(
        **_place,
        labelled=dict(ann_file='labelled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='unlabelled_{share:02g}p.txt'),
    ),
)
val_dataloader = dict(batch_size=45, num_workers=1, dataset=dict(ann_file='val.txt', **_place))
test_dataloader = dict(batch_size=45, num_workers=1, dataset=dict(ann_file='test.txt', **_place))
