"""Backbones: clip → one feature vector per temporal element."""

from .dual_level_timesformer import DualLevelTimeSformer
from .per_element_backbone import PerElementBackbone

__all__ = ['DualLevelTimeSformer', 'PerElementBackbone']
