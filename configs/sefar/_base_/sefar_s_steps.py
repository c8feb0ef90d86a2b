# SeFAR-S from image weights, in steps that follow the data, which a leaf adds.
_base_ = [
    'models/vit_b.py',
    'models/vit_s.py',
    'schedules/steps_30.py',
    'runtime.py',
    'algorithms/sefar.py',
]
model = dict(algorithm=_base_.sefar.algorithm[_base_.recipe], **_base_.vit_s)
optim_wrapper = dict(optimizer=dict(lr=1e-4))
