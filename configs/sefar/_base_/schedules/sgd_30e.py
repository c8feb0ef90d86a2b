# The recipe that the authors released: 30 epochs of the labelled list, 5 of them supervised only.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=30, val_begin=5, val_interval=5)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.005, momentum=0.9, nesterov=True, weight_decay=1e-3),
)
param_scheduler = [dict(type='MultiStepLR', milestones=[25, 28], gamma=0.1, by_epoch=True)]
# The learning rate is for one GPU's batch of 8 labelled and 24 unlabelled clips; --auto-scale-lr
# scales it with the number of GPUs.
auto_scale_lr = dict(enable=False, base_batch_size=32)
recipe = 'paper'  # whose numbers a method takes, see _base_/algorithms
