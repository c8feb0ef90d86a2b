# python tools/train.py configs/sefar/sefar_recommended_mocap_styles_10p.py
_base_ = ['sefar_mocap_styles_10p.py', '_base_/algorithms/sefar_recommended.py']
model = dict(algorithm=dict(**_base_.sefar_recommended.algorithm, **_base_.symmetries))
_train = dict(**_base_.held_out.train, **_base_.sefar_recommended.train)
train_dataloader = dict(dataset=dict(**_train, **_base_.symmetries))
val_dataloader = dict(dataset=dict(share=10, **_base_.held_out.val))
