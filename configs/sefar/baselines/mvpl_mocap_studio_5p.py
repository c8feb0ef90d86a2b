# python tools/train.py configs/sefar/baselines/mvpl_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/mvpl.py']
model = dict(algorithm=_base_.mvpl.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.mvpl.train)
