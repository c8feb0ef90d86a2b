# SeFAR with a small CNN in about a thousand steps, minutes on two CPU cores; a leaf adds the data.
_base_ = ['models/cnn.py', 'schedules/short_60e.py', 'runtime.py', 'algorithms/sefar.py']
model = dict(algorithm=_base_.sefar.algorithm[_base_.recipe])
