"""Repairs of the OpenMMLab stack on current PyTorch.

Each repair looks first whether upstream still needs it and returns ``False`` (nothing done) where
it does not, so that they fall away one by one as upstream mends itself. ``docs/install.md`` tells
what each of them cures; ``tests/compat`` shows the failure that each of them removes.
"""

import functools
from collections.abc import Callable

from .checkpoints import (
    allow_resume_globals,
    load_weights_only,
    sign_checkpoints,
    write_files_whole,
)
from .frames import convolve_frames, pool_frames
from .imports import silence_import_warnings, skip_broken_vindlu, stub_missing_drn
from .runs import bound_histories, check_every_run, format_configs_once, launch_without_gpu

REPAIRS: dict[str, Callable[[], bool]] = {
    'mmaction2 wheel without localizers.drn': stub_missing_drn,
    'VindLU with transformers': skip_broken_vindlu,
    'resume under weights-only loading': allow_resume_globals,
    'checkpoints are loaded weights-only': load_weights_only,
    'pytorch launcher without a GPU': launch_without_gpu,
    'configs are formatted once': format_configs_once,
    'checkpoints are there whole or not at all': write_files_whole,
    'checkpoints carry a digest': sign_checkpoints,
    'histories of the log stay bounded': bound_histories,
    'checks whatever the hooks': check_every_run,
    'bfloat16 convolutions of few frames on a CPU': convolve_frames,
    'pooling of single frames': pool_frames,
    'import-time warnings': silence_import_warnings,
}


@functools.cache
def repair() -> dict[str, bool]:
    """Apply every repair once; maps its name to whether it was needed."""
    return {name: fix() for name, fix in REPAIRS.items()}
