"""Checks of hooks, batches and length against the method."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import CheckpointHook
from mmengine.runner import EpochBasedTrainLoop

from sefar.algorithms import Algorithm
from sefar.datasets.clip_lists import list_of
from sefar.datasets.ratio_sampler import RatioSampler
from sefar.datasets.semi_supervised_dataset import SemiSupervisedDataset
from sefar.engine.hooks.held_out_hook import HeldOutHook
from sefar.engine.hooks.mean_teacher_hook import MeanTeacherHook
from sefar.engine.hooks.step_seed_hook import StepSeedHook
from sefar.models.progress import Progress

from .errors import PreflightError


def check_begun(algorithm: Algorithm, cfg: Mapping[str, Any]) -> None:
    """Networks that another training made are there, so that nothing random teaches."""
    resumes = cfg.get('resume') and Path(cfg.get('work_dir', ''), 'last_checkpoint').is_file()
    if cfg.get('load_from') or resumes:
        return
    for name, checkpoint in algorithm.begins.items():
        if checkpoint is None:
            raise PreflightError(
                f'model.algorithm.{name}=None: {type(algorithm).__name__} wants the checkpoint of '
                'the training that made it, such as that of a stage (docs/algorithms.md)'
            )


def check_hooks(algorithm: Algorithm, hooks: Sequence[Any]) -> None:
    """Somebody tells the algorithm of its steps, and seeds them.

    Without, a teacher would never move, and a resumed run would draw other numbers.
    """
    for kind, does in (
        (MeanTeacherHook, 'tells it of every step'),
        (StepSeedHook, "seeds every step's draws"),
    ):
        if not any(isinstance(hook, kind) for hook in hooks):
            raise PreflightError(
                f'custom_hooks: {type(algorithm).__name__} wants dict(type="{kind.__name__}"), '
                f'which {does}; add it (a list of your own replaces that of the base config)'
            )


def is_steered(algorithm: Algorithm, max_epochs: int) -> bool:
    """Whether held-out clips steer a run."""
    return any(algorithm.wants_evidence(Progress(e, max_epochs)) for e in range(max_epochs))


def check_held_out(
    algorithm: Algorithm, max_epochs: int, hooks: Sequence[Any], cfg: Mapping[str, Any]
) -> None:
    """An algorithm that looks at held-out clips is shown some, and not those of the test list."""
    if not is_steered(algorithm, max_epochs):
        return
    name = type(algorithm).__name__
    if not any(isinstance(hook, HeldOutHook) for hook in hooks):
        raise PreflightError(
            f'custom_hooks: {name} wants dict(type="HeldOutHook"), which shows it held-out clips; '
            'add it (a list of your own replaces that of the base config)'
        )
    held, tested = _lists(cfg)
    if held is None or held == tested:
        raise PreflightError(
            f'val_dataloader: {name} is steered by held-out labelled clips, and its list is '
            f'{held or "missing"}, which is also the test list; give val_dataloader a list '
            'of its own (tools/data/make_split.py LIST --hold-out 20), or set '
            'model.algorithm.guard=None and no warmup.patience'
        )


def _lists(cfg: Mapping[str, Any]) -> list[str | None]:
    """Where the validation and the test list are, however they are spelt."""
    lists = []
    for loader in ('val_dataloader', 'test_dataloader'):
        dataset = (cfg.get(loader) or {}).get('dataset', {})
        named = dataset.get('ann_file') and list_of(dataset)
        lists.append(named and os.path.abspath(named))
    return lists


def check_shares(cfg: Mapping[str, Any]) -> None:
    """Held-out clips are those that the labelled list of this share and draw leaves out."""
    loaders = (cfg.get(f'{kind}_dataloader') or {} for kind in ('train', 'val'))
    train, held = (loader.get('dataset', {}) for loader in loaders)
    for field in ('share', 'draw'):
        used = f'{{{field}' in (held.get('ann_file') or '') and field in train
        if used and train[field] != held.get(field):
            raise PreflightError(
                f'train_dataloader.dataset.{field}={train[field]}, val_dataloader.dataset.{field}='
                f'{held.get(field)}: held-out clips of the one may be labelled clips of the other; '
                'give both the same'
            )


def chooses(hooks: Sequence[Any]) -> bool:
    """Whether a checkpoint is chosen by the validation list."""
    return any(isinstance(hook, CheckpointHook) and hook.save_best for hook in hooks)


def check_best(hooks: Sequence[Any], cfg: Mapping[str, Any], reported: Collection[str]) -> None:
    """No checkpoint is chosen by the test list, or by a network that nobody reports."""
    held, tested = _lists(cfg)
    metrics = cfg.get('val_evaluator') or ()
    metrics = [metrics] if isinstance(metrics, Mapping) else metrics
    ours = [metric.get('type') == 'NetworkAccMetric' for metric in metrics]
    known = re.compile(rf'({"|".join(reported)})/acc/(top\d+|mean1)|auto')
    for hook in (hook for hook in hooks if isinstance(hook, CheckpointHook) and hook.save_best):
        keys = [hook.save_best] if isinstance(hook.save_best, str) else hook.save_best
        # Where there is another metric, a key that is not named like ours may be its.
        own = [key for key in keys if 'acc/' in key or (ours and all(ours))]
        # A stage that is not validated has no best.
        if held is not None and (wrong := [key for key in own if not known.fullmatch(key)]):
            raise PreflightError(
                f'default_hooks.checkpoint.save_best={hook.save_best!r}: the method reports no '
                f'{wrong[0]}; wanted ' + ' or '.join(f'{name}/acc/top1' for name in reported)
            )
        if held == tested:
            raise PreflightError(
                f'default_hooks.checkpoint.save_best={hook.save_best!r}: would choose by '
                f'{held}, which is also the test list; give val_dataloader a list of its own '
                '(tools/data/make_split.py LIST --hold-out 20), or leave save_best out'
            )


def check_loop(loop: Any) -> None:
    """The run counts epochs."""
    if not isinstance(loop, EpochBasedTrainLoop):
        raise PreflightError(
            f'train_cfg: found a {type(loop).__name__}, wanted an EpochBasedTrainLoop: the order '
            'of the clips and the warm-up go by epochs'
        )


def check_length(algorithm: Algorithm, max_epochs: int) -> None:
    """The run is long enough for the algorithm."""
    try:
        algorithm.check_length(max_epochs)
    except ValueError as error:
        raise PreflightError(str(error)) from error


def check_any_step(sampler: Any, batch_size: int, drop_last: bool) -> None:
    """An epoch has a step; without, MMEngine writes checkpoints of what nothing has trained."""
    if drop_last and len(sampler) < batch_size:
        raise PreflightError(
            f'train_dataloader.drop_last: an epoch has {len(sampler)} clips a rank and a step '
            f'{batch_size}, so that no step is left; take a smaller batch_size, or fewer ranks'
        )


def check_batches(
    dataset: Any,
    sampler: Any,
    batch_size: int,
    least: Mapping[str, int] = {},
    drop_last: bool = False,
) -> None:
    """Batches keep the share of labelled and unlabelled clips, and hold enough of either.

    Args:
        dataset: Of the training.
        sampler: Of its clips.
        batch_size: Clips of a step.
        least: See :class:`Algorithm`.
        drop_last: Whether a last step of fewer clips is left out.
    """
    if isinstance(dataset, SemiSupervisedDataset):
        if not isinstance(sampler, RatioSampler):
            raise PreflightError(
                f'a SemiSupervisedDataset needs sampler=dict(type="RatioSampler"), found '
                f'{type(sampler).__name__}'
            )
        if batch_size % sampler.group_size:
            raise PreflightError(
                f'batch_size={batch_size} is no multiple of {sampler.group_size}, the '
                f'clips of a group of ratio {sampler.ratio}; take '
                f'{max(1, batch_size // sampler.group_size) * sampler.group_size}'
            )
        groups = batch_size // sampler.group_size
        rest = 0 if drop_last else len(sampler) % batch_size // sampler.group_size
        for kind, clips in zip(('labelled', 'unlabelled'), sampler.ratio, strict=True):
            if groups * clips < least.get(kind, 0):
                raise PreflightError(
                    f'batch_size={batch_size}: {groups * clips} {kind} clip in a step of each '
                    f'rank, and the method compares clips of a step; take {least[kind]} or more'
                )
            if rest and rest * clips < least.get(kind, 0):
                raise PreflightError(
                    f'batch_size={batch_size}: {rest * clips} {kind} clip in the last step of an '
                    'epoch, and the method compares clips of a step; '
                    + ('set train_dataloader.drop_last=True, or ' * (len(sampler) > batch_size))
                    + 'take another batch_size'
                )
