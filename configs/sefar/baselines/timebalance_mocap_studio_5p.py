# python tools/train.py configs/sefar/baselines/timebalance_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/timebalance.py']
model = dict(
    algorithm=_base_.timebalance.algorithm[_base_.recipe], recognizer=_base_.timebalance.network
)
