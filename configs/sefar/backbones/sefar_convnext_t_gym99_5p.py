# python tools/train.py configs/sefar/backbones/sefar_convnext_t_gym99_5p.py
_base_ = ['../sefar_b_gym99_5p.py', '../_base_/backbones/convnext_t.py']
_zoo = _base_.zoo
model = dict(recognizer=_zoo.recognizer, data_preprocessor=_zoo.data_preprocessor)
train_dataloader = dict(dataset=dict(labelled=_zoo.sampled, unlabelled=_zoo.sampled))
val_dataloader = test_dataloader = dict(dataset=_zoo.sampled)
