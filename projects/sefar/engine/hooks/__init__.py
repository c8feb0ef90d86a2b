"""Hooks."""

from .console_hook import ConsoleHook
from .finite_loss_hook import FiniteLossHook
from .forgetting_hook import ForgettingHook
from .held_out_hook import HeldOutHook
from .mean_teacher_hook import MeanTeacherHook
from .preflight_hook import PreflightHook
from .scores_hook import ScoresHook
from .shown_clip_hook import ShownClipHook
from .step_seed_hook import StepSeedHook
from .unreadable_clip_hook import UnreadableClipHook

__all__ = [
    'ConsoleHook',
    'FiniteLossHook',
    'ForgettingHook',
    'HeldOutHook',
    'MeanTeacherHook',
    'PreflightHook',
    'ScoresHook',
    'ShownClipHook',
    'StepSeedHook',
    'UnreadableClipHook',
]
