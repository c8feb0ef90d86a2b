# python tools/train.py configs/sefar/baselines/svformer_mocap_5p.py  ($SEFAR_MOCAP: the data)
_base_ = '../sefar_mocap_5p.py'
# SVFormer: one clip of eight frames, temporal warping, threshold 0.3, Tube TokenMix.
_elements = (8,)
model = dict(
    recognizer=dict(backbone=dict(elements=_elements), cls_head=dict(num_elements=1)),
    regulation=dict(_delete_=True, type='FixedThresholdLoss', threshold=0.3),
    num_predictions=1,
)
_train = _base_.train_dataloader.dataset
_train.labelled.pipeline[1].elements = _elements
_train.unlabelled.pipeline[1].elements = _elements
_train.unlabelled.pipeline[3].views.strong[0] = dict(type='TemporalWarp')
_base_.val_dataloader.dataset.pipeline[1].elements = _elements
_base_.test_dataloader.dataset.pipeline[1].elements = _elements
