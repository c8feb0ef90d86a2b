# Training sees the frames in random order: what is left of SynthGym without it.
_base_ = 'synthgym_supervised.py'

train_pipeline = [
    dict(type='DecordInit'),
    dict(type='DualLevelSampleFrames', elements=_base_.elements),
    dict(type='DecordDecode'),
    dict(type='TemporalShuffleAll'),
    dict(type='RandomRescale', scale_range=(64, 77)),
    dict(type='RandomCrop', size=64),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
