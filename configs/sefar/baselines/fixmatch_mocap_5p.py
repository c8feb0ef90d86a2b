# python tools/train.py configs/sefar/baselines/fixmatch_mocap_5p.py  ($SEFAR_MOCAP: the data)
_base_ = '../sefar_mocap_5p.py'
# FixMatch: the student is its own teacher (ω = 1), hard labels above a threshold, and a strong
# view that differs in space alone.
model = dict(
    regulation=dict(_delete_=True, type='FixedThresholdLoss', threshold=0.95),
    mix=None,
    momentum=1.0,
    num_predictions=1,
)
_strong = _base_.train_dataloader.dataset.unlabelled.pipeline[3].views.strong
_strong.pop(0)
