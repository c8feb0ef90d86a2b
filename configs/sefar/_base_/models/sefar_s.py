_base_ = 'dual_level_timesformer_s.py'

# Components default to the paper's equations. Where this recipe departs (scale, gamma, ramp) it
# takes what the authors trained with; see docs/method.md.
model = dict(
    _delete_=True,
    type='SemiSupervisedRecognizer',
    recognizer=_base_.model,
    regulation=dict(type='AdaptiveRegulationLoss', beta=20.0, scale='released'),
    mix=dict(type='TubeMix', grid=(14, 14), alpha=10.0),
    mix_loss=dict(type='MixLoss', compare='probabilities'),
    momentum=1e-4,
    num_predictions=10,
    gamma_un=2.0,
    gamma_mix=2.0,
    ramp='released',
    warmup_epochs=5,
    data_preprocessor=dict(
        type='SemiSupervisedDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
)
