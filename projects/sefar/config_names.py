"""Names in a config, looked at before anything is built of it: classes, and their fields."""

import contextlib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import mmaction.registry
from mmengine.registry import Registry

from sefar.config_values import check_values, class_of, nearest, nodes, run_fields

OURS = ('mmaction', 'mmengine', 'mmcv')
"""Scopes whose classes are looked at; the others may not even be installed."""


def check_config(cfg: Mapping[str, Any]) -> None:
    """What of a config can be told before anything is built of it.

    Raises:
        ValueError: see :func:`check_names` and :func:`check_values`.
    """
    check_names(cfg)
    check_values(cfg)


def check_names(cfg: Mapping[str, Any]) -> None:
    """No class is nearly one that is registered, and none of ours is given a field it lacks.

    A ``type`` that is near to none is left to its registry, which may not be MMAction2's.

    Args:
        cfg: A whole config, options merged.

    Raises:
        ValueError: names the field, and what it may be meant to be.
    """
    known = _registered()
    others: tuple[str, ...] = ()  # what belongs to another package's class is that package's
    # Stages are what a config changes for them; each is checked as the config that it makes.
    read = {field: part for field, part in run_fields(cfg).items() if field != 'stages'}
    for place, node in nodes(read):
        name = node['type']
        foreign = node.get('_scope_', 'mmaction') not in OURS
        if '.' in name or foreign or place.startswith(others):
            others = (*others, f'{place}.')
            continue
        if name not in known and (near := _near(name, known)):
            raise ValueError(
                f'{place}.type={name!r}: no such class is registered{near} One of your own '
                'wants its module in custom_imports'
            )
        fields = _fields(class_of(name))
        wrong = [field for field in node if field not in fields | {'type', '_scope_'}]
        if fields and wrong:
            near = _near(wrong[0], fields) or f'; it has {", ".join(sorted(fields))}'
            raise ValueError(f'{place}.{wrong[0]}: {name} has no such field{near}')


def _near(name: str, names: Iterable[str]) -> str:
    near = nearest(name, names, cutoff=0.8)
    return f'; is it {near!r}?' if near else ''


def _registered() -> set[str]:
    """Names that MMAction2's registries hold, and those that these fall back on."""
    names: set[str] = set()
    for registry in vars(mmaction.registry).values():
        while isinstance(registry, Registry):
            with contextlib.suppress(ModuleNotFoundError):  # MMAction2 names a module that is not
                registry.import_from_location()
            names |= registry.module_dict.keys()
            registry = registry.parent
    return names


def _fields(kind: type | None) -> set[str]:
    """What can be given to a class, its bases included; empty where that cannot be told."""
    fields: set[str] = set()
    for base in kind.__mro__ if kind else ():
        if '__init__' in vars(base):
            own = inspect.signature(base.__init__).parameters
            fields |= {name for name, field in own.items() if field.kind is not field.VAR_KEYWORD}
            if 'kwargs' not in own:
                rest = any(field.kind is field.VAR_KEYWORD for field in own.values())
                return set() if rest else fields - {'self'}
    return set()
