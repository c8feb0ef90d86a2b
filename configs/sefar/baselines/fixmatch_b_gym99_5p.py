# bash tools/dist_train.sh configs/sefar/baselines/fixmatch_b_gym99_5p.py 8 --auto-scale-lr
_base_ = ['../sefar_b_gym99_5p.py', '../_base_/methods/fixmatch.py']
model = _base_.fixmatch
_base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong.pop(0)
