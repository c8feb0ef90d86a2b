# python tools/train.py configs/sefar/baselines/memdpc_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/memdpc.py']
model = dict(algorithm=_base_.memdpc.algorithm[_base_.recipe], recognizer=_base_.memdpc.network)
