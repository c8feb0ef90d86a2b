# MemDPC: a self-supervised start on the pool, then the labels alone.
_base_ = ['supervised.py', 'staged.py']
memdpc = dict(algorithm=_base_.supervised.algorithm, network=_base_.started)
# Each frame in colours of its own, as in the authors' code: what comes next is not to be told by
# how a clip looks. MMAction2's 0.18 turns hues as far as torchvision's 0.25, a quarter circle.
_colours = dict(type='FrameColorJitter', brightness=0.5, contrast=0.5, saturation=0.5, hue=0.18)
stages = dict(
    start=dict(
        _base_.unlabelled_stage,
        model=dict(
            algorithm=dict(_delete_=True, type='MemDPC'),
            recognizer=_base_.scratch,
        ),
        train_dataloader=dict(
            _base_.unlabelled_stage['train_dataloader'],
            dataset=dict(
                _base_.unlabelled_stage['train_dataloader']['dataset'],
                unlabelled=dict(
                    pipeline=dict(split=dict(views=dict(weak=dict(strength=_colours)))),
                ),
            ),
        ),
    ),
)
