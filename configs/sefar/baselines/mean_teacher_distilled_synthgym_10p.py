# python tools/train.py configs/sefar/baselines/mean_teacher_distilled_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/algorithms/mean_teacher_distilled.py']
model = dict(algorithm=_base_.mean_teacher_distilled.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.mean_teacher_distilled.train)
