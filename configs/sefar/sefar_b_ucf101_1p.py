# bash tools/dist_train.sh configs/sefar/sefar_b_ucf101_1p.py 8 --auto-scale-lr
_base_ = [
    '_base_/models/sefar_b.py',
    '_base_/datasets/ucf101.py',
    '_base_/schedules/sgd_30e.py',
    '_base_/semi_runtime.py',
]
model = dict(recognizer=dict(cls_head=dict(num_classes=_base_.num_classes)))
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='labelled_01p.txt'),
        unlabelled=dict(ann_file='unlabelled_01p.txt'),
    ),
)
