_base_ = 'dual_level_cnn.py'

# A run of about a thousand steps: the teacher averages over fifty (momentum), and the unlabelled
# losses count in full from the end of the warm-up on (ramp).
model = dict(
    _delete_=True,
    type='SemiSupervisedRecognizer',
    recognizer=_base_.model,
    regulation=dict(type='AdaptiveRegulationLoss', scale='released'),
    mix=dict(type='TubeMix', grid=(4, 4)),
    momentum=0.02,
    num_predictions=10,
    gamma_un=3.0,
    gamma_mix=3.0,
    ramp='constant',
    warmup_epochs=15,
    data_preprocessor=dict(
        type='SemiSupervisedDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
)
