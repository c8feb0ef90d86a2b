"""VideoSSL (Jing et al., WACV 2021)."""

from mmaction.registry import MODELS

from .fixmatch import FixMatch
from .image_distillation import ImageDistillation


@MODELS.register_module()
class VideoSSL(ImageDistillation, FixMatch):
    """Confident labels of one's own, and the soft ones of a network of frames.

    ::

        L = L_sup + L_img + γ_soft L_soft + ξ (γ_un L_un + γ_soft L_soft)

    L_un is :class:`FixMatch`'s, the rest :class:`ImageDistillation`'s.
    """
