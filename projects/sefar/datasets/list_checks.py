"""What can be wrong with clip lists, found without opening a clip.

The checks before a run (:mod:`sefar.engine.preflight`) and ``tools/data/check_lists.py`` both ask
here; what they make of an answer is theirs.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .clip_parts import part_of


class ListedClip(NamedTuple):
    """A clip as a list names it.

    Attributes:
        path: Normalised by :func:`os.path.normpath`.
        label: Class number, -1 where it is unknown.
        place: ``list:line: path``, for messages.
    """

    path: str
    label: int
    place: str


def listed(path: str, label: int, list_file: str, line: int) -> ListedClip:
    """Make a :class:`ListedClip` of a list's line."""
    return ListedClip(os.path.normpath(path), label, f'{list_file}:{line}: {path}')


def repeated(clips: Iterable[ListedClip]) -> Iterator[tuple[ListedClip, ListedClip]]:
    """Yield clips that a list names again, each with its first mention."""
    seen: dict[str, ListedClip] = {}
    for clip in clips:
        first = seen.setdefault(clip.path, clip)
        if first is not clip:
            yield clip, first


def shared(
    clips: Iterable[ListedClip], others: Iterable[ListedClip]
) -> Iterator[tuple[ListedClip, ListedClip]]:
    """Yield the clips of ``others`` that ``clips`` has as well, each with its mention there."""
    known = {clip.path: clip for clip in clips}
    for other in others:
        if other.path in known:
            yield other, known[other.path]


def absent_classes(labels: Iterable[int], names: Sequence[str]) -> list[str]:
    """Names of the classes that no label is of."""
    seen = set(labels)
    return [name for label, name in enumerate(names) if label not in seen]


def missing_files(clips: Iterable[ListedClip]) -> list[ListedClip]:
    """Clips whose file or folder of frames is absent or empty."""
    return [clip for clip in clips if _is_absent(part_of(clip.path).file)]


def _is_absent(file: str) -> bool:
    if os.path.isdir(file):
        return not os.listdir(file)
    return not os.path.isfile(file) or os.path.getsize(file) == 0
