# SEFAR_MOCAP=path/to/mocap_gestures python tools/train.py configs/sefar/sefar_mocap_10p.py
_base_ = [
    '_base_/models/sefar_cnn.py',
    '_base_/datasets/mocap_gestures.py',
    '_base_/schedules/cpu_minutes.py',
    '_base_/semi_runtime.py',
]
model = dict(recognizer=dict(cls_head=dict(num_classes=10)), mix=dict(grid=(7, 7)))
