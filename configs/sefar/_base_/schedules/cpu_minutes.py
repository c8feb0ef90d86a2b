train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=60, val_begin=10, val_interval=10)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=60, eta_min=1e-5, by_epoch=True, convert_to_iter_based=True),
]
