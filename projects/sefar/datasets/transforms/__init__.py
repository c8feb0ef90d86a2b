"""Pipeline transforms: sampling, views, perturbations."""

from .dual_level_sample_frames import DualLevelSampleFrames
from .frame_consistent import FrameConsistent
from .perturbations import *  # noqa: F401,F403
from .split_views import SplitViews

__all__ = ['DualLevelSampleFrames', 'FrameConsistent', 'SplitViews']
