# bash tools/dist_train.sh configs/sefar/baselines/fixmatch_s_gym99_5p.py 8 --auto-scale-lr
_base_ = ['../sefar_s_gym99_5p.py', '../_base_/algorithms/fixmatch.py']
model = dict(algorithm=_base_.fixmatch.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.fixmatch.train)
