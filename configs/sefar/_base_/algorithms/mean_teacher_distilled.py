# MT+SD: Mean Teacher's recipe and the soft labels of a network of frames.
_base_ = 'mean_teacher.py'
mean_teacher_distilled = dict(
    algorithm={
        recipe: dict(numbers, type='MeanTeacherDistilled')
        for recipe, numbers in _base_.mean_teacher.algorithm.items()
    },
    train=_base_.mean_teacher.train,
)
