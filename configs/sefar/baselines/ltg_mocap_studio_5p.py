# python tools/train.py configs/sefar/baselines/ltg_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/ltg.py']
model = dict(algorithm=_base_.ltg.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.ltg.train)
