# TCLR: a self-supervised start on the pool, then the labels alone.
_base_ = ['supervised.py', 'start.py']
tclr = dict(algorithm=_base_.supervised.algorithm, network=_base_.started)
