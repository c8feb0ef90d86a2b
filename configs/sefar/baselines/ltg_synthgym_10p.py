# python tools/train.py configs/sefar/baselines/ltg_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/ltg.py']
model = dict(algorithm=_base_.ltg.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.ltg.train)
