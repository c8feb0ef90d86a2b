# python tools/train.py configs/sefar/sefar_synthgym_10p.py
_base_ = [
    '_base_/models/sefar_cnn.py',
    '_base_/datasets/synthgym.py',
    '_base_/schedules/cpu_minutes.py',
    '_base_/semi_runtime.py',
]
