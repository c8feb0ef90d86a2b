# python tools/train.py configs/sefar/baselines/actorcutmix_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/actorcutmix.py']
model = dict(algorithm=_base_.actorcutmix.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.actorcutmix.train)
