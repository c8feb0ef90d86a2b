# bash tools/dist_train.sh configs/sefar/baselines/supervised_s_gym99_5p.py 8 --auto-scale-lr
_base_ = ['../sefar_s_gym99_5p.py', '../_base_/algorithms/supervised.py']
model = dict(algorithm=_base_.supervised.algorithm[_base_.recipe])
