# bash tools/dist_train.sh configs/sefar/sefar_s_finediving_7p.py 8 --auto-scale-lr
_base_ = [
    '_base_/models/sefar_s.py',
    '_base_/datasets/finediving.py',
    '_base_/schedules/sgd_30e.py',
    '_base_/semi_runtime.py',
]
model = dict(recognizer=dict(cls_head=dict(num_classes=_base_.num_classes)))
train_dataloader = dict(
    dataset=dict(
        labelled=dict(ann_file='labelled_07p.txt'),
        unlabelled=dict(ann_file='unlabelled_07p.txt'),
    ),
)
