# python tools/train.py configs/sefar/baselines/fixmatch_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/fixmatch.py']
model = dict(algorithm=_base_.fixmatch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.fixmatch.train)
