# Something-Something V2. No flip: it would exchange left and right, which its classes name.
_base_ = 'clips_224.py'
data_root = 'data/ssv2'
num_classes = 174
_place = dict(data_root=data_root, num_classes=num_classes)
train_dataloader = dict(dataset=dict(labelled=_place, unlabelled=_place))
val_dataloader = dict(dataset=_place)
test_dataloader = val_dataloader
_train = _base_.train_dataloader.dataset
_train.labelled.pipeline[3].views.labelled.pop(2)
_train.unlabelled.pipeline[3].views.weak.pop(2)
_train.unlabelled.pipeline[3].views.strong.pop(3)
