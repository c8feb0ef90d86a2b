# python tools/train.py configs/sefar/baselines/fixmatch_mocap_5p.py  ($SEFAR_MOCAP: the data)
_base_ = ['../sefar_mocap_5p.py', '../_base_/methods/fixmatch.py']
model = _base_.fixmatch
_base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong.pop(0)
