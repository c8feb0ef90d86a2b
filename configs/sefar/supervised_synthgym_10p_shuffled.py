# python tools/train.py configs/sefar/supervised_synthgym_10p_shuffled.py
_base_ = 'supervised_synthgym_10p.py'
# Training sees the frames in random order: what is left of SynthGym without it.
_base_.train_dataloader.dataset.pipeline.insert(3, dict(type='TemporalShuffleAll'))
