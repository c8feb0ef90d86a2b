# bash tools/dist_train.sh configs/sefar/baselines/mean_teacher_b_gym99_5p.py 8 --auto-scale-lr
_base_ = ['../sefar_b_gym99_5p.py', '../_base_/algorithms/mean_teacher.py']
model = dict(algorithm=_base_.mean_teacher.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.mean_teacher.train)
