# python tools/train.py configs/sefar/baselines/mean_teacher_mocap_5p.py  ($SEFAR_MOCAP: the data)
_base_ = '../sefar_mocap_5p.py'
# Mean Teacher: consistency of probabilities on every clip, two views that differ in space alone.
model = dict(
    regulation=dict(_delete_=True, type='MeanTeacherLoss'),
    mix=None,
    num_predictions=1,
    gamma_un=100.0,
)
_strong = _base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong
_strong.pop(0)
