# VideoSSL: FixMatch's recipe and the soft labels of a network of frames, which count a tenth where
# that network learns from the same few labels (docs/algorithms.md).
_base_ = 'fixmatch.py'
videossl = dict(
    algorithm=dict(
        paper=dict(_base_.fixmatch.algorithm.paper, type='VideoSSL'),
        steps=dict(_base_.fixmatch.algorithm.steps, type='VideoSSL', gamma_soft=0.1),
    ),
    train=_base_.fixmatch.train,
)
