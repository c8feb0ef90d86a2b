"""MT+SD: the row of Jing et al. (WACV 2021) that adds their soft labels to Mean Teacher."""

from mmaction.registry import MODELS

from .image_distillation import ImageDistillation
from .mean_teacher import MeanTeacher


@MODELS.register_module()
class MeanTeacherDistilled(ImageDistillation, MeanTeacher):
    """Mean Teacher, and the soft labels of a network of frames.

    ::

        L = L_sup + L_img + γ_soft L_soft + ξ (γ_un L_un + γ_soft L_soft)

    L_un is :class:`MeanTeacher`'s, the rest :class:`ImageDistillation`'s.
    """
