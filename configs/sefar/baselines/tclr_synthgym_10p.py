# python tools/train.py configs/sefar/baselines/tclr_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/tclr.py']
model = dict(algorithm=_base_.tclr.algorithm[_base_.recipe], recognizer=_base_.tclr.network)
