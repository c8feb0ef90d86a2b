# python tools/train.py configs/sefar/baselines/timebalance_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/timebalance.py']
model = dict(
    algorithm=_base_.timebalance.algorithm[_base_.recipe], recognizer=_base_.timebalance.network
)
