# ActorCutMix: FixMatch's recipe on clips whose actors stand before the scenes of others.
_base_ = 'fixmatch.py'
actorcutmix = dict(
    algorithm={
        recipe: dict(numbers, type='ActorCutMix')
        for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
