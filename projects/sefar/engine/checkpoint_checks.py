"""Checks of checkpoints: whether they fill a model."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from .preflight import PreflightError


def weights_of(checkpoint: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights in a checkpoint, with or without a wrapper around them or around the model."""
    state = checkpoint.get('state_dict', checkpoint)
    return {key.removeprefix('module.'): value for key, value in state.items()}


def not_finite(state: Mapping[str, Tensor]) -> str | None:
    """The first key whose values are not all finite."""
    for key, value in state.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            return key
    return None


def check_pretrained(model: nn.Module) -> list[str]:
    """Every ``init_cfg=dict(type='Pretrained', …)`` fills its module; returns warnings of heads."""
    warnings = []
    for module in model.modules():
        configs = getattr(module, 'init_cfg', None) or []
        for config in [configs] if isinstance(configs, Mapping) else configs:
            if config.get('type') != 'Pretrained':
                continue
            source = config['checkpoint']
            state = weights_of(CheckpointLoader.load_checkpoint(source, map_location='cpu'))
            prefix = f'{config["prefix"].rstrip(".")}.' if config.get('prefix') else ''
            state = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
            if hasattr(module, 'adapt'):  # weights of a zoo
                module.adapt(state)
            warning = check_checkpoint(state, module.state_dict(), f'init_cfg: {source}')
            warnings += [warning] if warning else []
    return warnings


def check_checkpoint(
    state: Mapping[str, Tensor], model: Mapping[str, Tensor], source: str
) -> str | None:
    """A checkpoint fills the model, its head perhaps excepted; returns a warning about the head.

    MMEngine loads what fits and logs the rest, so that a wrong file trains from random weights.
    What an algorithm has learnt beside its networks (``algorithm.*``) may begin anew.
    """
    # BatchNorm's counter is of no use in evaluation and missing from old checkpoints.
    counters = '.num_batches_tracked'
    missing = [
        key
        for key in model
        if key not in state and not key.endswith(counters) and not key.startswith('algorithm.')
    ]
    unequal = [key for key in model if key in state and state[key].shape != model[key].shape]
    if not model.keys() & state.keys():
        raise PreflightError(
            f'{source}: none of its {len(state)} keys is one of this model (it has '
            f'{next(iter(state), "none")}, the model {next(iter(model))}); take a checkpoint of '
            "this config, or turn other people's weights by tools/convert_weights.py"
        )
    for what, keys in (('missing', missing), ('of another shape', unequal)):
        if body := [key for key in keys if 'cls_head.' not in key]:
            raise PreflightError(
                f'{source}: {len(body)} of {len(model)} keys of the model are {what}, such as '
                f'{", ".join(body[:3])}; take a checkpoint of the same architecture'
            )
    if (key := not_finite({key: state[key] for key in model if key in state})) is not None:
        raise PreflightError(
            f'{source}: {key} holds values that are not finite; take an earlier checkpoint'
        )
    head = [*missing, *unequal]
    return f'{source}: the head starts anew; {len(head)} of its keys do not fit' if head else None


def check_classes(old: Sequence[str], new: Sequence[str], source: str) -> None:
    """A checkpoint's classes are those of the data, or the first of them.

    Raises:
        PreflightError: a label means another class.
    """
    pairs = zip(old, new, strict=False)
    wrong = next((i for i, (was, now) in enumerate(pairs) if was != now), None)
    if wrong is not None or len(old) > len(new):
        label = len(new) if wrong is None else wrong
        now = new[label] if label < len(new) else 'not there'
        raise PreflightError(
            f'{source}: its class {label} is {old[label]!r}, in this data it is {now!r}; take a '
            'checkpoint of these classes, or append new classes at the end of the list'
        )


def grow_heads(
    state: MutableMapping[str, Tensor], own: Mapping[str, Tensor], old: int, new: int
) -> int:
    """Let a checkpoint of ``old`` classes fill a model of ``new``; returns the parameters grown.

    The rows of classes that the checkpoint does not know keep the model's values.
    """
    grown = 0
    for key, value in state.items():
        mine = own.get(key.removeprefix('module.'))
        if mine is None or 'cls_head.' not in key or mine.shape[1:] != value.shape[1:]:
            continue
        if value.ndim and (value.shape[0], mine.shape[0]) == (old, new) and old < new:
            state[key] = torch.cat([value, mine[old:].to(value)])
            grown += 1
    return grown
