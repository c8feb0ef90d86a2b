# bash tools/dist_train.sh configs/sefar/sefar_s_ucf101_10p.py 8 --auto-scale-lr
_base_ = [
    '_base_/models/sefar_s.py',
    '_base_/datasets/ucf101.py',
    '_base_/schedules/sgd_30e.py',
    '_base_/semi_runtime.py',
]
model = dict(recognizer=dict(cls_head=dict(num_classes=_base_.num_classes)))
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='labelled_10p.txt'),
        unlabelled=dict(ann_file='unlabelled_10p.txt'),
    ),
)
