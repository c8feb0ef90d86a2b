# SeFAR as recommended with a network of temporal gradients, which labels together with the teacher,
# in the place of composites: what makes it of sefar_recommended.py, on the small CNN. The contrast
# counts half as much as in LTG, alignment twice: so it was measured (docs/results.md).
_base_ = ['sefar_recommended.py', 'ltg.py']
sefar_gradients = dict(
    algorithm=dict(
        type='SeFARWithGradients',
        gamma_dense=4.0,
        gamma_contrast=1.0,
        blocks=_base_.ltg.algorithm.steps.blocks,
    ),
    pipeline=_base_.ltg.train.labelled.pipeline,
)
