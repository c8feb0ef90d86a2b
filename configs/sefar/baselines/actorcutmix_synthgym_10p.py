# python tools/train.py configs/sefar/baselines/actorcutmix_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/actorcutmix.py']
model = dict(algorithm=_base_.actorcutmix.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.actorcutmix.train)
