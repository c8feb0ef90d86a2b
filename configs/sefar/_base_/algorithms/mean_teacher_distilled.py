# MT+SD: Mean Teacher's recipe and the soft labels of a network of frames, which count a tenth where
# that network learns from the same few labels (docs/algorithms.md).
_base_ = 'mean_teacher.py'
mean_teacher_distilled = dict(
    algorithm=dict(
        paper=dict(_base_.mean_teacher.algorithm.paper, type='MeanTeacherDistilled'),
        steps=dict(
            _base_.mean_teacher.algorithm.steps, type='MeanTeacherDistilled', gamma_soft=0.1
        ),
    ),
    train=_base_.mean_teacher.train,
)
