# The mocap gestures before a cluttered background, from any side; see mocap_studio.py.
_base_ = 'mocap_studio.py'
_place = dict(data_prefix=dict(video='videos'), cache=dict(folder='data/mocap/frames_cluttered'))
train_dataloader = dict(dataset=_place)
val_dataloader = test_dataloader = dict(dataset=_place)
