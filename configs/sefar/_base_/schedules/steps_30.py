# A run of 30 epochs, each as many optimiser steps as train_dataloader.batch_sampler.steps says:
# that one number moves the rate, the warm-up, validation and checkpoints with it.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=30, val_interval=5)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, end=1, by_epoch=True, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR', begin=1, eta_min=1e-6, by_epoch=True, convert_to_iter_based=True
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
recipe = 'steps'  # whose numbers a method takes, see _base_/algorithms
