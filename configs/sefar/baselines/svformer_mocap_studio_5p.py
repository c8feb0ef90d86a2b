# python tools/train.py configs/sefar/baselines/svformer_mocap_studio_5p.py
_base_ = ['../sefar_mocap_studio_5p.py', '../_base_/algorithms/svformer.py']
model = dict(algorithm=_base_.svformer.algorithm[_base_.recipe], recognizer=_base_.svformer.network)
train_dataloader = dict(dataset=_base_.svformer.train)
val_dataloader = test_dataloader = dict(dataset=_base_.svformer.test)
