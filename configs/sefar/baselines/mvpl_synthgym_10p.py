# python tools/train.py configs/sefar/baselines/mvpl_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/mvpl.py']
model = dict(algorithm=_base_.mvpl.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.mvpl.train)
