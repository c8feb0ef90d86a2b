# bash tools/dist_train.sh configs/sefar/sefar_s_gym_new_5p.py 8 --auto-scale-lr
_base_ = ['sefar_b_gym_new_5p.py', '_base_/models/vit_s.py']
model = _base_.vit_s
