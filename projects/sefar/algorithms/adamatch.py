"""AdaMatch (Berthelot et al., ICLR 2022)."""

from mmaction.registry import MODELS

from .fixmatch import FixMatch


@MODELS.register_module()
class AdaMatch(FixMatch):
    """FixMatch with a threshold relative to the labelled clips, and classes aligned to theirs.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`RelativeThreshold` on
            labels that are aligned to what the network says of the labelled clips.
        kwargs: See :class:`PseudoLabelling`.
    """

    labeller = dict(
        type='RelativeThreshold',
        alignment=dict(type='DistributionAlignment', target='labelled'),
    )
