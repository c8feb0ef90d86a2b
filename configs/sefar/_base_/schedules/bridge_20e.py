# 20 passes over the questions, one of them warming up.
_base_ = 'bridge_100e.py'

train_cfg = dict(max_epochs=20)
optim_wrapper = dict(optimizer=dict(lr=1e-4))
_base_.param_scheduler[0].end = 1
_base_.param_scheduler[1].update(begin=1, T_max=19)
