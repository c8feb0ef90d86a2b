# python tools/train.py configs/sefar/baselines/mean_teacher_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/mean_teacher.py']
model = dict(algorithm=_base_.mean_teacher.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.mean_teacher.train)
