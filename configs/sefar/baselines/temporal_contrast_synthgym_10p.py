# python tools/train.py configs/sefar/baselines/temporal_contrast_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/temporal_contrast.py']
model = dict(algorithm=_base_.temporal_contrast.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.temporal_contrast.train)
