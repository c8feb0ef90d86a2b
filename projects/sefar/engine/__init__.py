"""What runs beside the model: hooks and the checks before a run."""

from .hooks import MeanTeacherHook, PreflightHook, StepSeedHook, UnreadableClipHook
from .preflight import PreflightError

__all__ = [
    'MeanTeacherHook',
    'PreflightError',
    'PreflightHook',
    'StepSeedHook',
    'UnreadableClipHook',
]
