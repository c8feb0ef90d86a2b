# Gym-New: 40 elements of Gym288, each with its reverse.
_base_ = 'clips_224.py'
data_root = 'data/gym_new'
num_classes = 40
_place = dict(data_root=data_root, num_classes=num_classes)
train_dataloader = dict(dataset=dict(labelled=_place, unlabelled=_place))
val_dataloader = dict(dataset=_place)
test_dataloader = val_dataloader
