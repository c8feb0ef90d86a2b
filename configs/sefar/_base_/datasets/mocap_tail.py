# The mocap gestures whose pool has a long tail, 20 clips of the first class to 1 of the last:
# tools/data/make_pools.py data/mocap/random --imbalance 20 --out data/mocap/tail
_base_ = 'mocap_studio.py'
train_dataloader = dict(
    dataset=dict(unlabelled=dict(ann_file='tail/draw_{draw}/unlabelled_{share:02g}p.txt')),
)
