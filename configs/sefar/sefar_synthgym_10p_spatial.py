# python tools/train.py configs/sefar/sefar_synthgym_10p_spatial.py
# SeFAR without its temporal reversal, for classes that are each other's reverse (docs/results.md).
_base_ = [
    '_base_/models/sefar_cnn.py',
    '_base_/datasets/synthgym.py',
    '_base_/schedules/cpu_minutes.py',
    '_base_/semi_runtime.py',
]
_base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong[0].prob = 0.0
