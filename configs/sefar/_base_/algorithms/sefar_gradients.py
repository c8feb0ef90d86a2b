# SeFAR as recommended beside a network of temporal gradients, which labels together with the
# teacher: what makes it of sefar_recommended.py, on the small CNN.
_base_ = ['sefar_recommended.py', 'ltg.py']
sefar_gradients = dict(
    algorithm=dict(type='SeFARWithGradients', blocks=_base_.ltg.algorithm.steps.blocks),
    pipeline=_base_.ltg.train.labelled.pipeline,
)
