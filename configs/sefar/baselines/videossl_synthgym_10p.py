# python tools/train.py configs/sefar/baselines/videossl_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/videossl.py']
model = dict(algorithm=_base_.videossl.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.videossl.train)
