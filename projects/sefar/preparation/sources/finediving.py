"""FineDiving: 52 action types, and two scopes inside them.

Annotations: the official pickles. Clips: ``<competition>/<dive>`` under the folder of clips.

The paper's scopes *10m* and *5253B* were not published. Here they are:

- ``10m``: dives from the ten-metre platform, that is of competitions that say so in their name
  (``10m``), or that hold an armstand dive (action types of group 6, allowed on platforms only).
- ``5253b``: back dives of 2.5 somersaults in pike position that differ in the number of twists
  alone: 5251B, 5253B, 5255B.

In both, a class is an action type with at least one training and one test clip, which 5251B is not.
"""

import io
import pickle
import re
from pathlib import Path
from typing import Any

from .common import Scope, SourceError

_ALLOWED = {
    (module, name)
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray')
    for name in ('scalar', '_reconstruct')
} | {('numpy', 'dtype'), ('numpy', 'ndarray')}

Dive = tuple[str, int]
SCOPES = ('all', '10m', '5253b')


class _ArraysOnly(pickle.Unpickler):
    """Unpickles Python's own containers and numpy arrays; refuses everything that could run."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f'it asks for {module}.{name}')
        return super().find_class(module.replace('numpy.core', 'numpy._core'), name)


def read_pickle(path: Path) -> Any:
    """Read a pickle of containers and arrays.

    Raises:
        SourceError: there is no such file, it is damaged, or it wants to run code.
    """
    if not path.is_file():
        raise SourceError(f'{path}: no such annotation file; check --annotations')
    try:
        return _ArraysOnly(io.BytesIO(path.read_bytes())).load()
    except Exception as error:  # a damaged pickle can fail in any way
        raise SourceError(f'{path}: refused to read this pickle: {error}') from error


def read_scope(annotations: Path, scope: str) -> Scope:
    """Build a scope from the official pickles.

    Args:
        annotations: Folder of the official files.
        scope: One of ``SCOPES``.

    Raises:
        SourceError: a file is absent or refused, or a dive has no annotation.
    """
    coarse = read_pickle(annotations / 'FineDiving_coarse_annotation.pkl')
    splits: dict[str, list[Dive]] = {
        name: read_pickle(annotations / f'{name}_split.pkl') for name in ('train', 'test')
    }
    for name, dives in splits.items():
        for dive in dives:
            if dive not in coarse:
                raise SourceError(f'{name}_split.pkl: {dive} has no annotation')
    types = {dive: str(info['action_type']).lower() for dive, info in coarse.items()}
    if scope == '10m':
        competition = {dive: _competition(dive) for dive in types}
        platform = {c for dive, c in competition.items() if '10m' in c or types[dive][0] == '6'}
        kept = {dive for dive in types if competition[dive] in platform}
    elif scope == '5253b':
        kept = {dive for dive in types if re.fullmatch(r'525\db', types[dive])}
    else:
        kept = set(types)
    splits = {name: [dive for dive in dives if dive in kept] for name, dives in splits.items()}
    train, test = ({types[dive] for dive in splits[name]} for name in ('train', 'test'))
    # All 52 types count in the whole set, where a few have no test clip.
    classes = sorted(train | test if scope == 'all' else train & test)
    label = {name: i for i, name in enumerate(classes)}
    lists = {
        name: [(f'{d[0]}/{d[1]}', label[types[d]]) for d in dives if types[d] in label]
        for name, dives in splits.items()
    }
    # The first figure of a dive's number is its group, the second what it does besides.
    hierarchy = [(name[0], name[:2]) for name in classes]
    return Scope([name.upper() for name in classes], lists, hierarchy)


def _competition(dive: Dive) -> str:
    """A competition's name without the number of its round."""
    return re.sub(r'_r\d+$', '', dive[0])
