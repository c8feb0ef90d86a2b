# bash tools/dist_train.sh configs/sefar/baselines/svformer_s_gym99_5p.py 8 --auto-scale-lr
_base_ = ['../sefar_s_gym99_5p.py', '../_base_/methods/svformer.py']
model = _base_.svformer
_train = _base_.train_dataloader.dataset
_train.unlabelled.pipeline[3].views.strong[0] = dict(type='TemporalWarp')
for _part in (
    _train.labelled,
    _train.unlabelled,
    _base_.val_dataloader.dataset,
    _base_.test_dataloader.dataset,
):
    _part.pipeline[1].elements = (8,)
