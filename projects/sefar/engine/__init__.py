"""What runs beside the model: hooks and the checks before a run."""

from .hooks import EpochSeedHook, MeanTeacherHook, PreflightHook, UnreadableClipHook
from .preflight import PreflightError

__all__ = [
    'EpochSeedHook',
    'MeanTeacherHook',
    'PreflightError',
    'PreflightHook',
    'UnreadableClipHook',
]
