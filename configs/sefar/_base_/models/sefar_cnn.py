_base_ = 'dual_level_cnn.py'

model = dict(
    _delete_=True,
    type='SemiSupervisedRecognizer',
    recognizer=_base_.model,
    regulation=dict(type='AdaptiveRegulationLoss', scale='released'),
    mix=dict(type='TubeMix', grid=(5, 5)),
    momentum=0.01,
    gamma_un=1.0,
    gamma_mix=1.0,
    ramp='constant',
    warmup_epochs=15,
    data_preprocessor=dict(
        type='SemiSupervisedDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
)
