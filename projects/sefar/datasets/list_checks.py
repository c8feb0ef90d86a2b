"""What can be wrong with clip lists, found without opening a clip.

The checks before a run (:mod:`sefar.engine.preflight`) and ``tools/data/check_lists.py`` both ask
here; what they make of an answer is theirs.
"""

import hashlib
import math
import os
import stat
from bisect import bisect_left, insort
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from .clip_parts import FRAME_SUFFIXES, part_of


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


class SameClip(NamedTuple):
    """Two mentions of one clip.

    Attributes:
        clip: The later mention.
        first: The earlier one.
        copy: Whether they are two files of the same content.
        overlap: Whether they are two parts of one file that share time.
    """

    clip: ListedClip
    first: ListedClip
    copy: bool = False
    overlap: bool = False

    def __str__(self) -> str:
        what = 'the clip is also at'
        if self.copy or self.overlap:
            what = 'its content is that of' if self.copy else 'it shares frames with'
        return f'{self.clip.place}: {what} {self.first.place}'


HEAD = 2**20
"""Bytes by which two files of one size are told."""


class ClipIndex:
    """Clips by what they are, not by how a list spells them.

    One file is one clip by whatever path or link; so are two files of equal content, as far as
    their sizes and first ``HEAD`` bytes tell. Parts of a file are clips of their own.

    Args:
        clips: Listed clips; files that are absent are known by their paths.
        contents: Whether files of equal content are one clip. In a pool of a million most sizes
            stand for several files, and nearly all of them would be read.
    """

    def __init__(self, clips: Iterable[ListedClip] = (), contents: bool = True) -> None:
        self.contents = contents
        self._by_file: dict[tuple, ListedClip] = {}
        # Files are read only where two are of one size: most sizes stand for one file.
        self._by_size: dict[Hashable, ListedClip | None] = {}  # None: read, and in _by_content
        self._by_content: dict[Hashable, ListedClip] = {}
        for clip in clips:
            self.add(clip)

    def add(self, clip: ListedClip) -> SameClip | None:
        """Take a clip in; returns the first mention if there is one, and then keeps that."""
        file, size = _identity(clip.path)
        size = size if self.contents else None
        same = self._find(clip, file, size)
        if same is None:
            self._by_file[file] = clip
            self.__dict__.pop('_parts', None)
            if size is not None and self._by_size.setdefault(size, clip) is not clip:
                self._by_content[size, _digest(clip.path)] = clip
        return same

    def find(self, clip: ListedClip) -> SameClip | None:
        """The mention of a clip here."""
        return self._find(clip, *_identity(clip.path))

    def sharing(self, clip: ListedClip) -> SameClip | None:
        """The mention of a clip here, or of a part of its file that shares time with it."""
        file, size = _identity(clip.path)
        if same := self._find(clip, file, size):
            return same
        other = self._parts[file[:-1]].meeting(clip) if file[:-1] in self._parts else None
        return SameClip(clip, other, overlap=True) if other is not None else None

    @cached_property  # lists of a million clips that nobody asks for parts of go without
    def _parts(self) -> dict[Hashable, '_Parts']:
        parts: dict[Hashable, _Parts] = {}
        for file, clip in self._by_file.items():
            parts.setdefault(file[:-1], _Parts()).add(clip)
        return parts

    def _find(self, clip: ListedClip, file: tuple, size: Hashable) -> SameClip | None:
        if file in self._by_file:
            return SameClip(clip, self._by_file[file])
        if size is None or size not in self._by_size:
            return None
        if (first := self._by_size[size]) is not None:
            self._by_content[size, _digest(first.path)] = first
            self._by_size[size] = None
        other = self._by_content.get((size, _digest(clip.path)))
        return SameClip(clip, other, copy=True) if other is not None else None


class _Parts:
    """Parts of one file, found by the time that they share."""

    def __init__(self) -> None:
        self._sorted: list[tuple[float, float, ListedClip]] = []
        self._longest = 0.0

    def add(self, clip: ListedClip) -> None:
        start, end = _times(clip)
        insort(self._sorted, (start, end, clip))
        self._longest = max(self._longest, end - start)

    def meeting(self, clip: ListedClip) -> ListedClip | None:
        start, end = _times(clip)
        first = bisect_left(self._sorted, (start - self._longest,))
        last = bisect_left(self._sorted, (end,))
        return next((c for _, until, c in self._sorted[first:last] if until > start), None)


def _times(clip: ListedClip) -> tuple[float, float]:
    part = part_of(clip.path)
    return part.start or 0.0, math.inf if part.end is None else part.end


@lru_cache(maxsize=1)  # what is found to be new is then taken in
def _digest(path: str) -> bytes:
    with open(part_of(path).file, 'rb') as file:
        return hashlib.blake2b(file.read(HEAD), digest_size=16).digest()


def _identity(path: str) -> tuple[tuple, Hashable]:
    """What a path leads to, the times of the part last, and what two files of one content share."""
    part = part_of(path)
    times = (part.start, part.end)
    try:
        found = os.stat(part.file)
    except OSError:
        return (part.file, times), None
    regular = stat.S_ISREG(found.st_mode) and found.st_size
    return (found.st_dev, found.st_ino, times), (found.st_size, times) if regular else None


def repeated(clips: Iterable[ListedClip]) -> Iterator[SameClip]:
    """Yield clips that a list names again, each with its first mention."""
    index = ClipIndex()
    for clip in clips:
        if same := index.add(clip):
            yield same


def shared(
    clips: Iterable[ListedClip], others: Iterable[ListedClip], parts: bool = False
) -> Iterator[SameClip]:
    """Yield the clips of ``others`` that ``clips`` has as well, each with its mention there.

    With ``parts`` also those that share time with a part of the same file.
    """
    index = ClipIndex(clips)
    for other in others:
        if same := index.sharing(other) if parts else index.find(other):
            yield same


def absent_classes(labels: Iterable[int], names: Sequence[str]) -> list[str]:
    """Names of the classes that no label is of."""
    seen = set(labels)
    return [name for label, name in enumerate(names) if label not in seen]


def missing_files(clips: Iterable[ListedClip]) -> list[ListedClip]:
    """Clips whose file or folder of frames is absent or empty."""
    return [clip for clip in clips if _is_absent(part_of(clip.path).file)]


def _is_absent(file: str) -> bool:
    try:
        found = os.stat(file)
    except OSError:
        return True
    if stat.S_ISDIR(found.st_mode):
        return not any(name.lower().endswith(FRAME_SUFFIXES) for name in os.listdir(file))
    return not stat.S_ISREG(found.st_mode) or found.st_size == 0
