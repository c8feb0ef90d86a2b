"""Values of a config, looked at before anything is built of them."""

import difflib
import hashlib
import inspect
import json
import math
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mmaction.registry import DATA_SAMPLERS, DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmengine.runner import Runner

WHOLE = {
    'train_dataloader.batch_size': 1,
    'train_dataloader.num_workers': 0,
    'train_dataloader.batch_sampler.steps': 1,
    'val_dataloader.batch_size': 1,
    'val_dataloader.num_workers': 0,
    'test_dataloader.batch_size': 1,
    'test_dataloader.num_workers': 0,
    'train_cfg.max_epochs': 1,
    'train_cfg.val_interval': 1,
    'randomness.seed': 0,
    'default_hooks.checkpoint.interval': 1,
    'default_hooks.logger.interval': 1,
    'model.cls_head.num_classes': 1,
    'model.recognizer.cls_head.num_classes': 1,
}
"""Fields that hold a whole number, and the least one."""
LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')
RUN_FIELDS = frozenset(
    (*inspect.signature(Runner.__init__).parameters, 'custom_imports', 'auto_scale_lr', 'stages')
) | {
    # What MMEngine's runner looks up in the config itself.
    'activation_checkpointing',
    'compile',
    'efficient_conv_bn_eval',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'sync_bn',
}
"""What a run depends on; other top-level fields of a config are its own helpers."""
FIRST_LOOK = 'first_look'
"""Whether clips are opened before the first step."""
RESUME_CHANGES = 'resume_changes'
"""What of a run may differ from that which it resumes."""
READ_FIELDS = RUN_FIELDS | {'runner_type', FIRST_LOOK, RESUME_CHANGES}
"""Everything that is read of a config: ``tools/train.py`` looks at its runner's type, checks at the
last two."""


def run_fields(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """What a run depends on of a config."""
    return {key: value for key, value in cfg.items() if key in RUN_FIELDS}


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name that a misspelt one may be meant to be, if one is as alike as ``cutoff``."""
    return next(iter(difflib.get_close_matches(name, sorted(names), n=1, cutoff=cutoff)), None)


def digest_of(cfg: Mapping[str, Any]) -> str:
    """What a run depends on of a config, as a SHA-256 that its layout does not change."""
    read = json.dumps(run_fields(cfg), sort_keys=True, default=str)
    return hashlib.sha256(read.encode()).hexdigest()


def check_options(words: Iterable[str]) -> None:
    """Every option of a command line changes what somebody reads, not a variable of a config.

    Args:
        words: ``key=value`` each, or the keys alone.

    Raises:
        ValueError: one would be written down and do nothing.
    """
    for word in words:
        key = word.partition('=')[0]
        field = key.partition('.')[0]
        if field not in READ_FIELDS:
            near = nearest(field, READ_FIELDS)
            hint = f'is it {near!r}?' if near else 'change it in the config file'
            raise ValueError(
                f'--cfg-options {key}: nothing reads {field!r} once the config is read; {hint}'
            )


def check_words(words: Iterable[str]) -> None:
    """Options as a command line has them, see :func:`check_options`.

    Raises:
        ValueError: one is no ``key=value``, or would do nothing.
    """
    words = list(words)
    for word in words:
        key, equals, _ = word.partition('=')
        if not (key and equals):
            raise ValueError(f'--cfg-options {word}: wanted key=value, without blanks between')
    check_options(words)


_REGISTRIES = (MODELS, DATASETS, TRANSFORMS, DATA_SAMPLERS, HOOKS, METRICS)
_PLAIN = (bool, int, float, str)


def check_values(cfg: Mapping[str, Any]) -> None:
    """Numbers are numbers, and in range, as far as that can be told without building anything.

    What stacks below find out in their own time says neither which field is wrong nor what it
    wants: ``'>=' not supported between instances of 'str' and 'int'``.

    Args:
        cfg: A whole config, options merged.

    Raises:
        ValueError: names the field, what was found and what is wanted.
    """
    for field, lowest in WHOLE.items():
        value = _at(cfg, field)
        if value is None or (field.startswith('default_hooks') and value == -1):
            continue  # -1: never
        if type(value) is not int or value < lowest:
            raise ValueError(f'{field}={value!r}: wanted a whole number from {lowest}')
    if cfg.get('launcher', 'none') not in LAUNCHERS:
        raise ValueError(f'launcher={cfg["launcher"]!r}: wanted one of {", ".join(LAUNCHERS)}')
    if cfg.get('stages') and not cfg.get('runner_type'):
        raise ValueError(
            f'stages={list(cfg["stages"])}: only runner_type="StagedRunner" trains stages; name '
            'it, or leave them out'
        )
    epochs = _at(cfg, 'train_cfg.max_epochs')
    for number, part in enumerate(cfg.get('param_scheduler') or ()):
        # MMEngine lets one that states no end last as long as the run.
        lasts = isinstance(part, Mapping) and part.get('by_epoch') and 'end' not in part
        if lasts and isinstance(epochs, int) and part.get('begin', 0) >= epochs:
            raise ValueError(
                f'param_scheduler.{number}.begin={part["begin"]}: the run ends after {epochs} '
                f'epochs (train_cfg.max_epochs); take more than {part["begin"]}'
            )
    for field in ('model', *(f'{kind}_dataloader' for kind in ('train', 'val', 'test'))):
        for place, value in _parts(cfg.get(field), field):
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f'{place}={value}: wanted a finite number')
    for place, node in nodes(cfg):
        for name, wanted in _plain_parameters(node['type']).items():
            if name in node and not _fits(node[name], wanted):
                kinds = ' or '.join('None' if k is types.NoneType else k.__name__ for k in wanted)
                raise ValueError(f'{place}.{name}={node[name]!r}: wanted {kinds}')


def _at(cfg: Mapping[str, Any], field: str) -> Any:
    node: Any = cfg
    for name in field.split('.'):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def nodes(node: Any, place: str = '') -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is built of a class, and the field where it stands."""
    for found, part in _parts(node, place):
        if isinstance(part, Mapping) and isinstance(part.get('type'), str):
            yield found, part


def _parts(node: Any, place: str = '') -> Iterator[tuple[str, Any]]:
    """Yield a part of a config and all below it, and the field where each stands."""
    yield place, node
    named: Iterable[tuple[Any, Any]] = ()
    if isinstance(node, Mapping):
        named = node.items()
    elif isinstance(node, (list, tuple)):
        named = enumerate(node)
    for name, part in named:
        yield from _parts(part, f'{place}.{name}' if place else str(name))


def _plain_parameters(name: str) -> dict[str, tuple[type, ...]]:
    """Parameters of one of our classes that are numbers, words or flags alone, by their hints.

    Others than ours are lax with their hints.
    """
    hints: dict[str, Any] = {}
    kind = class_of(name)
    for base in reversed(kind.__mro__ if kind else ()):  # what a class hands on to its base
        if base.__module__.startswith('sefar.') and '__init__' in vars(base):
            hints |= typing.get_type_hints(base.__init__)
    found = {key: _kinds(hint) for key, hint in hints.items()}
    plain = {*_PLAIN, types.NoneType}
    return {key: kinds for key, kinds in found.items() if plain.issuperset(kinds)}


def class_of(name: str) -> type | None:
    """The class of ours that is registered under a name."""
    for registry in _REGISTRIES:
        kind = registry.get(name) if '.' not in name else None  # of another package
        if inspect.isclass(kind) and kind.__module__.startswith('sefar.'):
            return kind
    return None


def _kinds(hint: Any) -> tuple:
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if union else (hint,)


def _fits(value: Any, wanted: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in wanted
    return isinstance(value, wanted) or (isinstance(value, int) and float in wanted)
