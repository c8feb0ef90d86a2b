# python tools/train.py configs/sefar/baselines/adamatch_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/adamatch.py']
model = dict(algorithm=_base_.adamatch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.adamatch.train)
