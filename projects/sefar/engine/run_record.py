"""What a checkpoint says of its run, so that another run is not taken for its continuation."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import get_world_size
from mmengine.runner import BaseLoop, Runner

from sefar.config_values import RESUME_CHANGES
from sefar.models.recognizer import unwrapped

from .preflight import PreflightError, is_steered, parts_of

KEY = 'sefar_run'
"""Of a checkpoint's ``meta``."""
LISTS = dict(lists='other training lists', held_out='another validation list')
FIELDS = (*LISTS, 'algorithm', 'length', 'batch', 'ranks')
"""What a record holds."""


def record_of(runner: Runner) -> dict[str, Any]:
    """What a training is, as plain values; lists by their contents."""
    loop = runner._train_loop
    if not isinstance(loop, BaseLoop):
        return {}
    model = unwrapped(runner.model)
    algorithm: Any = getattr(model, 'algorithm', None)
    steered = algorithm is not None and is_steered(algorithm, loop.max_epochs)
    sampler = loop.dataloader.batch_sampler
    ratio = getattr(sampler.sampler, 'ratio', None)
    return dict(
        lists=_digests(loop),
        held_out=_digests(runner.val_loop) if steered else [],
        batch=f'{sampler.batch_size} clips' + (f' as {ratio[0]} to {ratio[1]}' if ratio else ''),
        algorithm=type(model if algorithm is None else algorithm).__name__,
        length=f'{loop.max_epochs} epochs of {len(loop.dataloader)} steps',
        ranks=get_world_size(),
    )


def _digests(loop: BaseLoop) -> list[str]:
    return [
        hashlib.blake2b(Path(part.ann_file).read_bytes(), digest_size=16).hexdigest()
        for part in parts_of(loop.dataloader.dataset)
        if getattr(part, 'ann_file', None)
    ]


def check_resumed(
    old: Mapping[str, Any], new: Mapping[str, Any], allowed: Collection[str], source: str
) -> None:
    """A resumed run is the one that was interrupted.

    Args:
        old: Record of the checkpoint; empty where an earlier release wrote it.
        new: Record of this run.
        allowed: Fields that may differ.
        source: The checkpoint, for messages.

    Raises:
        PreflightError: a field differs; says which.
    """
    if unknown := set(allowed) - set(FIELDS):
        raise PreflightError(
            f'{RESUME_CHANGES}={sorted(unknown)}: wanted some of {", ".join(FIELDS)}'
        )
    changed = [field for field, was in old.items() if new.get(field, was) != was]
    if wrong := [field for field in changed if field not in allowed]:
        what = ', '.join(LISTS.get(f, f'{f} {new[f]}, it had {old[f]}') for f in wrong)
        raise PreflightError(
            f'{source}: this run has {what}; resuming wants the same run. Start from its weights '
            f'by load_from={source}, or say --cfg-options {RESUME_CHANGES}=[{",".join(changed)}]'
        )
