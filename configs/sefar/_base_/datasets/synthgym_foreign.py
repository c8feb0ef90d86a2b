# SynthGym whose first 12 classes are known; 30 % of the pool are clips of the other six:
# tools/data/make_pools.py data/synthgym --known 12 --foreign 30 --out data/synthgym/foreign
_base_ = 'synthgym.py'
_turned = {0: 3, 1: 4, 2: 5, 6: 9, 7: 10, 8: 11}
_known = {**_turned, **{b: a for a, b in _turned.items()}}
symmetries = dict(reverse_label_map=dict(_known, _delete_=True))
train_dataloader = dict(
    dataset=dict(
        num_classes=12,
        labelled=dict(
            ann_file='foreign/labelled_{share:02g}p.txt', classes_file='foreign/classes.txt'
        ),
        unlabelled=dict(ann_file='foreign/unlabelled_{share:02g}p.txt'),
    ),
)
_known_classes = dict(num_classes=12, classes_file='foreign/classes.txt')
val_dataloader = dict(dataset=dict(ann_file='foreign/val.txt', **_known_classes))
test_dataloader = dict(dataset=dict(ann_file='foreign/test.txt', **_known_classes))
