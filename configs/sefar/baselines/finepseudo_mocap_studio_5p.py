# python tools/train.py configs/sefar/baselines/finepseudo_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/finepseudo.py']
model = dict(algorithm=_base_.finepseudo.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.finepseudo.train)
