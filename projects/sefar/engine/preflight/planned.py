"""Checks of a training that is still to come."""

import os
from typing import Any

from mmaction.registry import DATA_SAMPLERS, HOOKS
from mmengine.config import Config

from .clips import check_files
from .method import (
    check_any_step,
    check_batches,
    check_begun,
    check_held_out,
    check_hooks,
    check_length,
    check_shares,
)
from .parts import parts_of, without_cache
from .pipelines import check_crops, check_method


def check_planned(cfg: Config, model: Any, seen: set[str]) -> None:
    """What a later stage of a training needs is there, as far as that is known before it.

    Args:
        cfg: Its config.
        model: Built of it, on any device.
        seen: Lists whose files were looked for; those of this stage are added.

    Raises:
        PreflightError: something is not.
    """
    sets = {}
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if (config := (cfg.get(name) or {}).get('dataset')) is not None:
            sets[name] = without_cache(config)
    parts = [part for dataset in sets.values() for part in parts_of(dataset)]
    check_crops(parts)
    for part in parts:
        if (ann_file := str(part.ann_file)) not in seen:
            # Before there are ranks that could wait for the first one; it looks for all of them.
            if os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0':
                check_files(part)
            seen.add(ann_file)
    if (data := sets.get('train_dataloader')) is None:
        return
    check_shares(cfg)
    algorithm = getattr(model, 'algorithm', None)
    loader = cfg.train_dataloader
    sampler = DATA_SAMPLERS.build(loader.sampler, default_args=dict(dataset=data, seed=0))
    least = getattr(algorithm, 'least', {})
    whole = bool(loader.get('drop_last') or loader.get('batch_sampler'))
    check_any_step(sampler, loader.batch_size, bool(loader.get('drop_last')))
    check_batches(data, sampler, loader.batch_size, least, whole)
    if algorithm is not None:
        check_length(algorithm, cfg.train_cfg.max_epochs)
        check_begun(algorithm, cfg)
        hooks = [HOOKS.build(hook) for hook in cfg.get('custom_hooks') or ()]
        check_hooks(algorithm, hooks)
        check_held_out(algorithm, cfg.train_cfg.max_epochs, hooks, cfg)
        check_method(algorithm, data)
