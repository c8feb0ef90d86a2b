# SynthGym whose pool has a long tail, twenty clips of the first class for one of the last:
# tools/data/make_pools.py data/synthgym --imbalance 20 --out data/synthgym/tail
_base_ = 'synthgym.py'
train_dataloader = dict(
    dataset=dict(unlabelled=dict(ann_file='tail/unlabelled_{share:02g}p.txt')),
)
