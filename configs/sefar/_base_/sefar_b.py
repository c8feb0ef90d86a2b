# SeFAR-B as its authors train it, at 224 pixels; a leaf adds the scope.
_base_ = [
    'models/vit_b.py',
    'datasets/scopes.py',
    'schedules/sgd_30e.py',
    'runtime.py',
    'algorithms/sefar.py',
]
model = dict(algorithm=_base_.sefar.algorithm[_base_.recipe])
train_dataloader = dict(dataset=_base_.sefar.train)
