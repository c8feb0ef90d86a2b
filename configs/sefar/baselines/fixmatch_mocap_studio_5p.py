# python tools/train.py configs/sefar/baselines/fixmatch_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/fixmatch.py']
model = dict(algorithm=_base_.fixmatch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.fixmatch.train)
