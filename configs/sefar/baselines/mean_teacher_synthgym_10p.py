# python tools/train.py configs/sefar/baselines/mean_teacher_synthgym_10p.py
_base_ = ['../sefar_synthgym_10p.py', '../_base_/methods/mean_teacher.py']
model = _base_.mean_teacher
_base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong.pop(0)
