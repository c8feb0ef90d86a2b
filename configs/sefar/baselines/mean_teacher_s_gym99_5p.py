# bash tools/dist_train.sh configs/sefar/baselines/mean_teacher_s_gym99_5p.py 8 --auto-scale-lr
_base_ = ['../sefar_s_gym99_5p.py', '../_base_/methods/mean_teacher.py']
model = _base_.mean_teacher
_base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong.pop(0)
