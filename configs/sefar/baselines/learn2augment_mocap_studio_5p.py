# python tools/train.py configs/sefar/baselines/learn2augment_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/learn2augment.py']
model = dict(algorithm=_base_.learn2augment.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.learn2augment.train)
