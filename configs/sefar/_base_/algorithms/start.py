# TCLR's start without labels, for any method on a small network: its config gives the network
# `_base_.started`.
_base_ = 'staged.py'
stages = dict(
    start=dict(
        _base_.unlabelled_stage,
        model=dict(algorithm=dict(_delete_=True, type='TCLR'), recognizer=_base_.scratch),
    ),
)
