# The elements of Gym99 on uneven bars.
_base_ = 'clips_224.py'
data_root = 'data/ub'
num_classes = 25
_place = dict(data_root=data_root, num_classes=num_classes)
train_dataloader = dict(dataset=dict(labelled=_place, unlabelled=_place))
val_dataloader = dict(dataset=_place)
test_dataloader = val_dataloader
