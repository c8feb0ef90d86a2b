# python tools/train.py configs/sefar/supervised_synthgym_10p_shuffled.py
_base_ = [
    '_base_/models/dual_level_cnn.py',
    '_base_/datasets/synthgym_shuffled.py',
    '_base_/schedules/cpu_minutes.py',
    '_base_/supervised_runtime.py',
]
