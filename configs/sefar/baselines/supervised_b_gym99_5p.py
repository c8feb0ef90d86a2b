# bash tools/dist_train.sh configs/sefar/baselines/supervised_b_gym99_5p.py 8
_base_ = '../sefar_b_gym99_5p.py'
# Labels alone: the warm-up never ends, so no unlabelled clip is seen.
model = dict(warmup_epochs=_base_.train_cfg.max_epochs)
