# bash tools/dist_train.sh configs/sefar/baselines/supervised_b_gym99_5p.py 8 --auto-scale-lr
_base_ = '../sefar_b_gym99_5p.py'
# Labels alone: the supervised warm-up never ends.
model = dict(warmup_epochs=None)
