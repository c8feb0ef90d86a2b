"""Pipeline transforms: sampling, views, perturbations."""

from sefar.compat.frames import turn_hues

from .clip_init import ClipInit, LimitShortSide
from .clip_rand_augment import ClipRandAugment
from .dual_level_sample_frames import DualLevelSampleFrames
from .frame_cache_init import FrameCacheInit
from .frame_color_jitter import FrameColorJitter
from .human_tubes import HumanTubes
from .optical_flow import OpticalFlow
from .pack_views import PackViews
from .perturbations import *  # noqa: F403
from .split_views import SplitViews
from .temporal_gradient import TemporalGradient

turn_hues()

__all__ = [
    'ClipInit',
    'ClipRandAugment',
    'DualLevelSampleFrames',
    'FrameCacheInit',
    'FrameColorJitter',
    'HumanTubes',
    'LimitShortSide',
    'OpticalFlow',
    'PackViews',
    'SplitViews',
    'TemporalGradient',
]
