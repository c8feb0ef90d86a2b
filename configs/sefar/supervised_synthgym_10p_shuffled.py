# python tools/train.py configs/sefar/supervised_synthgym_10p_shuffled.py
# Training sees the frames in random order: what is left of SynthGym without it.
_base_ = 'supervised_synthgym_10p.py'
_shuffled = dict(views=dict(labelled=dict(temporal=dict(type='TemporalShuffleAll'))))
train_dataloader = dict(dataset=dict(labelled=dict(pipeline=dict(split=_shuffled))))
