# python tools/train.py configs/sefar/baselines/softmatch_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/softmatch.py']
model = dict(algorithm=_base_.softmatch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.softmatch.train)
