# python tools/train.py configs/sefar/baselines/softmatch_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/softmatch.py']
model = dict(algorithm=_base_.softmatch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.softmatch.train)
