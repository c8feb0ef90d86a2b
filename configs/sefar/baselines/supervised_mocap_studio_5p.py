# python tools/train.py configs/sefar/baselines/supervised_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/supervised.py']
model = dict(algorithm=_base_.supervised.algorithm[_base_.recipe])
