"""Checks of a run as a whole."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import CheckpointHook
from torch import nn

from sefar.config_values import RUN_FIELDS, nearest

from .errors import PreflightError


def check_field_names(cfg: Mapping[str, Any]) -> None:
    """No field of the config is nearly one that the runner reads; free variables are none of it."""
    for field in cfg:
        near = nearest(field, RUN_FIELDS, cutoff=0.85)
        if near and field not in RUN_FIELDS:
            raise PreflightError(
                f'config: nothing reads {field!r}; is it {near!r}? Rename it, free variables too'
            )


def check_rates(cfg: Mapping[str, Any]) -> list[str]:
    """Returns warnings where the learning rate does not follow the run."""
    warnings = []
    epochs = (cfg.get('train_cfg') or {}).get('max_epochs', 0)
    schedulers = cfg.get('param_scheduler') or ()
    for number, part in enumerate(p for p in schedulers if isinstance(p, Mapping)):
        milestones = part.get('milestones') if part.get('by_epoch', True) else None
        if not milestones or 0.6 * epochs <= (last := max(milestones)) < epochs:
            continue
        what = 'some lie behind the end of'
        if last < epochs:
            what = f'{epochs - last} epochs follow the last one in'
        warnings.append(
            f'param_scheduler.{number}.milestones={list(milestones)}: {what} a run of {epochs}; '
            f'give milestones of this run by --cfg-options param_scheduler.{number}.milestones'
        )
    counts = (cfg.get('optim_wrapper') or {}).get('accumulative_counts', 1)
    scale = cfg.get('auto_scale_lr') or {}
    if scale.get('enable') and counts > 1:
        warnings.append(
            f'auto_scale_lr: it does not count that gradients are of {counts} steps '
            f'(accumulative_counts); auto_scale_lr.base_batch_size is what it was, divided by '
            f'{counts}, where the rate is for whole steps'
        )
    return warnings


def check_checkpoints(hooks: Sequence[Any]) -> list[str]:
    """Returns warnings where a kill costs more than an epoch, or resuming is not going on."""
    warnings = []
    for hook in (hook for hook in hooks if isinstance(hook, CheckpointHook)):
        if hook.max_keep_ckpts == 1:
            warnings.append(
                'default_hooks.checkpoint.max_keep_ckpts=1: the one checkpoint is deleted before '
                'the next is written; 2 survive a kill'
            )
        if not hook.by_epoch:
            warnings.append(
                'default_hooks.checkpoint.by_epoch=False: a run that is resumed within an epoch '
                'begins that epoch anew, with more steps in all; save by epochs to go on as if '
                'nothing had happened'
            )
    return warnings


def check_accumulation(counts: int, steps: int) -> list[str]:
    """Warn of gradients that an epoch's checkpoint would not hold.

    Args:
        counts: Steps whose gradients are added up.
        steps: Of an epoch.
    """
    if steps % counts == 0:
        return []
    return [
        f'optim_wrapper.accumulative_counts={counts} does not divide the {steps} steps of an '
        'epoch: a resumed run begins with other gradients than one that was not stopped; take '
        f'{max(1, steps // counts) * counts} steps (train_dataloader.batch_sampler.steps)'
    ]


def check_used(work_dir: str) -> list[str]:
    """Warn of a folder that has checkpoints of an earlier run, which this one would mix with."""
    if not (Path(work_dir) / 'last_checkpoint').is_file():
        return []
    return [
        f'{work_dir}: has checkpoints of an earlier run, some of which this one will overwrite; '
        'give another --work-dir, or go on with --resume'
    ]


def check_room(model: nn.Module, work_dir: str) -> None:
    """There is room for a checkpoint; what the optimizer keeps comes on top."""
    wanted = sum(value.nbytes for value in model.state_dict().values())
    free = shutil.disk_usage(work_dir).free
    if wanted > free:
        raise PreflightError(
            f'{work_dir}: a checkpoint (epoch_1.pth) takes more than {wanted / 2**20:.1f} MiB, '
            f'{free / 2**20:.1f} MiB are free; make room or give another --work-dir'
        )
