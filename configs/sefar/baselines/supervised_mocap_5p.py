# python tools/train.py configs/sefar/baselines/supervised_mocap_5p.py  ($SEFAR_MOCAP: the data)
_base_ = '../sefar_mocap_5p.py'
# Labels alone: the supervised warm-up never ends.
model = dict(warmup_epochs=None)
