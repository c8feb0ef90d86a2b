# python tools/train.py configs/sefar/field/svformer_b_hmdb51.py
_base_ = ['../sefar_b_hmdb51_40p.py', '../_base_/algorithms/svformer.py']
_svformer = _base_.svformer
model = dict(algorithm=_svformer.algorithm[_base_.recipe], recognizer=_svformer.network)
train_dataloader = dict(dataset=_svformer.train)
val_dataloader = test_dataloader = dict(dataset=_svformer.test)
