"""Classification heads."""

from .pairwise_fusion_head import PairwiseFusionHead

__all__ = ['PairwiseFusionHead']
