"""SoftMatch (Chen et al., ICLR 2023)."""

from mmaction.registry import MODELS

from .fixmatch import FixMatch


@MODELS.register_module()
class SoftMatch(FixMatch):
    """FixMatch whose pseudo labels all count, the less the further they fall behind the usual one.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`TruncatedGaussian` of the
            confidence once classes are aligned to equal shares; the labels are not, as published.
        kwargs: See :class:`PseudoLabelling`.
    """

    labeller = dict(
        type='TruncatedGaussian',
        alignment=dict(type='DistributionAlignment', labels=False),
    )
