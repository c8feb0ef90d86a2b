"""SVFormer (Xing et al., CVPR 2023)."""

from mmaction.registry import MODELS

from .sefar import SeFAR


@MODELS.register_module()
class SVFormer(SeFAR):
    """SeFAR's step, which took mixing and teacher from it, with labels above a fixed threshold.

    The rest of SVFormer is in its config: one clip instead of elements, temporal warping.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`FixedThreshold` of 0.3.
        kwargs: See :class:`SeFAR`.
    """

    labeller = dict(type='FixedThreshold', threshold=0.3)
