# TCLR: 3D-ResNet-18, 16 frames, 1,200 epochs of either stage.
_base_ = ['clips_16.py', '../algorithms/tclr.py']
_network = dict(_base_.networks.r3d_18_steps)
_network['backbone'].update(_base_.tclr.network['backbone'])
model = dict(recognizer=_network, algorithm=_base_.tclr.algorithm.paper)
train_cfg = dict(max_epochs=1200, val_begin=200, val_interval=200)
param_scheduler = [dict(type='MultiStepLR', milestones=[1000, 1120], gamma=0.1, by_epoch=True)]
