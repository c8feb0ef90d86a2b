# TCLR: a self-supervised start on the pool, then the labels alone.
_base_ = ['supervised.py', 'staged.py']
tclr = dict(algorithm=_base_.supervised.algorithm, network=_base_.started)
stages = dict(
    start=dict(
        model=dict(
            algorithm=dict(_delete_=True, type='TCLR'),
            recognizer=_base_.scratch,
        ),
        **_base_.unlabelled_stage,
    ),
)
