# python tools/train.py configs/sefar/baselines/freematch_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/freematch.py']
model = dict(algorithm=_base_.freematch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.freematch.train)
