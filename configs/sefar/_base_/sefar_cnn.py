# SeFAR with a small CNN, minutes on a CPU core, in steps that follow the data, which a leaf adds.
_base_ = ['models/cnn.py', 'schedules/steps_30.py', 'runtime.py', 'algorithms/sefar.py']
model = dict(algorithm=_base_.sefar.algorithm[_base_.recipe])
