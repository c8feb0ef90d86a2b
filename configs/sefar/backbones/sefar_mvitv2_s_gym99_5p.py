# python tools/train.py configs/sefar/backbones/sefar_mvitv2_s_gym99_5p.py
_base_ = ['../sefar_b_gym99_5p.py', '../_base_/backbones/mvitv2_s.py']
_zoo = _base_.zoo
model = dict(recognizer=_zoo.recognizer, data_preprocessor=_zoo.data_preprocessor)
train_dataloader = dict(dataset=dict(labelled=_zoo.sampled, unlabelled=_zoo.sampled))
val_dataloader = test_dataloader = dict(dataset=_zoo.sampled)
