# Mean Teacher: consistency of probabilities on every clip; two views that differ in space alone.
mean_teacher = dict(
    regulation=dict(_delete_=True, type='MeanTeacherLoss'),
    mix=None,
    num_predictions=1,
    gamma_un=100.0,
)
