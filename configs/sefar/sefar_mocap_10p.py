# SEFAR_MOCAP=path/to/mocap_gestures python tools/train.py configs/sefar/sefar_mocap_10p.py
_base_ = 'sefar_mocap_5p.py'
train_dataloader = dict(dataset=dict(share=10))
