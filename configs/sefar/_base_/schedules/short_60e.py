# 60 passes over the labelled list, validated every 15; minutes on two CPU cores.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=60, val_begin=15, val_interval=15)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, end=5, by_epoch=True, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        begin=5,
        T_max=55,
        eta_min=1e-6,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
recipe = 'short'  # whose numbers a method takes, see _base_/algorithms
