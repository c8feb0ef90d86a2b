# MemDPC: 3D-ResNet-18, 16 frames, 500 epochs of either stage.
_base_ = ['clips_16.py', '../algorithms/memdpc.py']
_network = dict(_base_.networks.r3d_18_steps)
_network['backbone'].update(_base_.memdpc.network['backbone'])
model = dict(recognizer=_network, algorithm=_base_.memdpc.algorithm.paper)
train_cfg = dict(max_epochs=500, val_begin=83, val_interval=83)
param_scheduler = [dict(type='MultiStepLR', milestones=[416, 466], gamma=0.1, by_epoch=True)]
