# python tools/train.py configs/sefar/baselines/supervised_mocap_5p.py  ($SEFAR_MOCAP: the data)
_base_ = '../sefar_mocap_5p.py'
# Labels alone: the warm-up never ends, so no unlabelled clip is seen.
model = dict(warmup_epochs=_base_.train_cfg.max_epochs)
