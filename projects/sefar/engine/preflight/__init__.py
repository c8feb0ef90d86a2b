"""Checks of a run before its first step; each raises one line that says what to do."""

from .clips import (
    check_cache,
    check_clips_open,
    check_evaluated,
    check_files,
    check_labels,
    check_overlap,
    check_steering,
    check_tubes,
    tested_later,
)
from .errors import PreflightError
from .method import (
    check_any_step,
    check_batches,
    check_begun,
    check_best,
    check_held_out,
    check_hooks,
    check_length,
    check_loop,
    check_shares,
    chooses,
    is_steered,
)
from .parts import clips_of, parts_of
from .pipelines import (
    check_crops,
    check_elements_agree,
    check_method,
    check_test_is_deterministic,
)
from .planned import check_planned
from .run import (
    check_accumulation,
    check_checkpoints,
    check_field_names,
    check_rates,
    check_room,
    check_used,
)

__all__ = [
    'PreflightError',
    'check_accumulation',
    'check_any_step',
    'check_batches',
    'check_begun',
    'check_best',
    'check_cache',
    'check_checkpoints',
    'check_clips_open',
    'check_crops',
    'check_elements_agree',
    'check_evaluated',
    'check_field_names',
    'check_files',
    'check_held_out',
    'check_hooks',
    'check_labels',
    'check_length',
    'check_loop',
    'check_method',
    'check_overlap',
    'check_planned',
    'check_rates',
    'check_room',
    'check_shares',
    'check_steering',
    'check_test_is_deterministic',
    'check_tubes',
    'check_used',
    'chooses',
    'clips_of',
    'is_steered',
    'parts_of',
    'tested_later',
]
