# python tools/train.py configs/sefar/sefar_recommended_synthgym_moving_10p.py
_base_ = ['sefar_synthgym_moving_10p.py', '_base_/algorithms/sefar_recommended.py']
model = dict(algorithm=dict(**_base_.sefar_recommended.algorithm, **_base_.symmetries))
train_dataloader = dict(dataset=dict(**_base_.sefar_recommended.train, **_base_.symmetries))
