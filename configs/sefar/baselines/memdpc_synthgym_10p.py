# python tools/train.py configs/sefar/baselines/memdpc_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/memdpc.py']
model = dict(algorithm=_base_.memdpc.algorithm[_base_.recipe], recognizer=_base_.memdpc.network)
