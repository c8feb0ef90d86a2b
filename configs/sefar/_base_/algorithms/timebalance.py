# TimeBalance: two self-supervised starts, TCLR's instances alone and TCLR without them, and the
# labels after each make two teachers; a student that begins with all of TCLR learns from both.
_base_ = ['supervised.py', 'staged.py']
_distil = dict(
    _delete_=True, type='TimeBalance', invariant='stage:invariant', distinctive='stage:distinctive'
)
timebalance = dict(algorithm=dict(paper=_distil, steps=_distil), network=_base_.started)
_labels = dict(_delete_=True, type='Supervised')
stages = dict(
    invariant_start=dict(
        model=dict(
            algorithm=dict(_delete_=True, type='TCLR', gamma_local=0.0, gamma_global=0.0),
            recognizer=_base_.scratch,
        ),
        **_base_.unlabelled_stage,
    ),
    invariant=dict(
        model=dict(
            algorithm=_labels,
            recognizer=dict(backbone=dict(init_cfg=dict(checkpoint='stage:invariant_start'))),
        ),
    ),
    distinctive_start=dict(
        model=dict(
            algorithm=dict(_delete_=True, type='TCLR', gamma_instance=0.0),
            recognizer=_base_.scratch,
        ),
        **_base_.unlabelled_stage,
    ),
    distinctive=dict(
        model=dict(
            algorithm=_labels,
            recognizer=dict(backbone=dict(init_cfg=dict(checkpoint='stage:distinctive_start'))),
        ),
    ),
    start=dict(
        model=dict(algorithm=dict(_delete_=True, type='TCLR'), recognizer=_base_.scratch),
        **_base_.unlabelled_stage,
    ),
)
