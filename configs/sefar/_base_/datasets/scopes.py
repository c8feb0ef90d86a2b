# The paper's data scopes: where tools/data/prepare.py writes their lists, and their classes.
_base_ = 'clips_224.py'
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='labelled_{share:02g}p.txt'),
        unlabelled=dict(ann_file='unlabelled_{share:02g}p.txt'),
    ),
)
scopes = dict(
    gym99=dict(data_root='data/gym99', num_classes=99),
    gym288=dict(data_root='data/gym288', num_classes=288),
    gym_new=dict(data_root='data/gym_new', num_classes=40),  # elements of Gym288 with a reverse
    ub=dict(data_root='data/ub', num_classes=25),  # Gym99, uneven bars
    ub_s1=dict(data_root='data/ub_s1', num_classes=15),  # its circles
    fx=dict(data_root='data/fx', num_classes=35),  # Gym99, floor exercise
    fx_s1=dict(data_root='data/fx_s1', num_classes=11),  # its leaps, jumps and hops
    finediving=dict(data_root='data/finediving', num_classes=52),
    finediving_10m=dict(data_root='data/finediving_10m', num_classes=38),
    finediving_5253b=dict(data_root='data/finediving_5253b', num_classes=2),  # against 5255B
    ucf101=dict(data_root='data/ucf101', num_classes=101),
    hmdb51=dict(data_root='data/hmdb51', num_classes=51),
    ssv2=dict(data_root='data/ssv2', num_classes=174),
)
# For classes that name left and right (Something-Something V2).
_unflipped = dict(flip=dict(_delete_=True))
no_flip = dict(
    labelled=dict(pipeline=dict(split=dict(views=dict(labelled=_unflipped)))),
    unlabelled=dict(pipeline=dict(split=dict(views=dict(weak=_unflipped, strong=_unflipped)))),
)
