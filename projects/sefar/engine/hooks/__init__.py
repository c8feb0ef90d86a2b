"""Hooks."""

from .epoch_seed_hook import EpochSeedHook
from .mean_teacher_hook import MeanTeacherHook
from .preflight_hook import PreflightHook
from .unreadable_clip_hook import UnreadableClipHook

__all__ = ['EpochSeedHook', 'MeanTeacherHook', 'PreflightHook', 'UnreadableClipHook']
