# SeFAR with a small CNN, as long as the data asks for; a leaf adds the data.
_base_ = ['models/cnn.py', 'schedules/steps_30.py', 'runtime.py', 'algorithms/sefar.py']
model = dict(algorithm=_base_.sefar.algorithm[_base_.recipe])
