"""What a checkpoint says of its run, so that another run is not taken for its continuation."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import get_world_size
from mmengine.runner import BaseLoop, Runner

from sefar.models.recognizer import SemiSupervisedRecognizer, unwrapped

from .preflight import PreflightError, parts_of

KEY = 'sefar_run'
"""Of a checkpoint's ``meta``."""
OPTION = 'resume_changes'
"""Top-level field of a config: what of a record may differ."""


def record_of(runner: Runner) -> dict[str, Any]:
    """Lists (by content), algorithm, length and number of ranks of a training, as plain values."""
    loop = runner._train_loop
    if not isinstance(loop, BaseLoop):
        return {}
    model = unwrapped(runner.model)
    lists = [
        hashlib.blake2b(Path(part.ann_file).read_bytes(), digest_size=16).hexdigest()
        for part in parts_of(loop.dataloader.dataset)
        if getattr(part, 'ann_file', None)
    ]
    known = isinstance(model, SemiSupervisedRecognizer)
    return dict(
        lists=lists,
        algorithm=type(model.algorithm if known else model).__name__,
        length=f'{loop.max_epochs} epochs of {len(loop.dataloader)} steps',
        ranks=get_world_size(),
    )


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
    if unknown := set(allowed) - {'lists', 'algorithm', 'length', 'ranks'}:
        raise PreflightError(
            f'{OPTION}={sorted(unknown)}: wanted some of lists, algorithm, length, ranks'
        )
    for field, was in old.items():
        now = new.get(field, was)
        if now == was or field in allowed:
            continue
        what = 'other training lists' if field == 'lists' else f'{field} {now}, it had {was}'
        raise PreflightError(
            f'{source}: this run has {what}; resuming wants the same run. Start from its weights '
            f'by load_from={source}, or say --cfg-options {OPTION}=[{field}]'
        )
