# python tools/train.py configs/sefar/baselines/supervised_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/supervised.py']
model = dict(algorithm=_base_.supervised.algorithm[_base_.recipe])
