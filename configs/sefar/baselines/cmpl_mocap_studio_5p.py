# python tools/train.py configs/sefar/baselines/cmpl_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/cmpl.py']
model = dict(algorithm=_base_.cmpl.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.cmpl.train)
