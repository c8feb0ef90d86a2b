# TimeBalance: 3D-ResNet-50, 8 frames, 250 epochs of each stage.
_base_ = ['clips_8.py', '../algorithms/timebalance.py']
_network = dict(_base_.networks.r3d_50)
_network['backbone'].update(_base_.timebalance.network['backbone'])
model = dict(recognizer=_network, algorithm=_base_.timebalance.algorithm.paper)
train_cfg = dict(max_epochs=250, val_begin=41, val_interval=41)
param_scheduler = [dict(type='MultiStepLR', milestones=[208, 233], gamma=0.1, by_epoch=True)]
