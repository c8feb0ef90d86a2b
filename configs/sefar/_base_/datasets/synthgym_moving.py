# SynthGym before a moving camera:
# tools/data/make_synthgym.py --moving-camera --out data/synthgym_moving
_base_ = 'synthgym.py'
_place = dict(data_root='data/synthgym_moving', cache=dict(folder='data/synthgym_moving/frames'))
train_dataloader = dict(dataset=_place)
val_dataloader = test_dataloader = dict(dataset=_place)
