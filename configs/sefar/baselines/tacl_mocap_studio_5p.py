# python tools/train.py configs/sefar/baselines/tacl_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/tacl.py']
model = dict(algorithm=_base_.tacl.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.tacl.train)
