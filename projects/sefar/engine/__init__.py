"""What runs beside the model: hooks and the checks before a run."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .hooks import (
    ConsoleHook,
    FiniteLossHook,
    ForgettingHook,
    HeldOutHook,
    MeanTeacherHook,
    PreflightHook,
    ScoresHook,
    ShownClipHook,
    StepSeedHook,
    UnreadableClipHook,
)
from .preflight import PreflightError
from .staged_runner import StagedRunner

__all__ = [
    'BFloat16OptimWrapper',
    'ConsoleHook',
    'FiniteLossHook',
    'ForgettingHook',
    'HeldOutHook',
    'MeanTeacherHook',
    'PreflightError',
    'PreflightHook',
    'ScoresHook',
    'ShownClipHook',
    'StagedRunner',
    'StepSeedHook',
    'UnreadableClipHook',
]
