# FinePseudo: a stage learns which clips can be aligned, then FixMatch's recipe with its vote.
_base_ = ['fixmatch.py', 'staged.py']
# Data sets of 224 pixels have thousands of labelled clips to look back on.
_bank = dict(paper=dict(bank=8192), steps=dict())
finepseudo = dict(
    algorithm={
        recipe: dict(numbers, type='FinePseudo', aligner='stage:alignability', **_bank[recipe])
        for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
stages = dict(
    alignability=dict(
        _base_.unlabelled_stage,
        model=dict(algorithm=dict(_delete_=True, type='Alignability')),
        # Pairs of one class want many labelled clips in a step.
        train_dataloader=dict(
            _base_.unlabelled_stage['train_dataloader'],
            batch_size=64,
            sampler=dict(ratio=(1, 1)),
        ),
        auto_scale_lr=dict(base_batch_size=64),  # the rate is that of one rank
    ),
)
