# VideoSSL: FixMatch's recipe and the soft labels of a network of frames.
_base_ = 'fixmatch.py'
videossl = dict(
    algorithm={
        recipe: dict(numbers, type='VideoSSL')
        for recipe, numbers in _base_.fixmatch.algorithm.items()
    },
    train=_base_.fixmatch.train,
)
