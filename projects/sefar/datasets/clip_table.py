"""A clip list in memory."""

from array import array
from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np

from .clip_lists import ClipEntry


def root_of(folder: str | None) -> str:
    """What stands in front of each path of a list of clips in a folder."""
    return f'{folder.rstrip("/")}/' if folder else ''


class ClipTable(Sequence[dict]):
    """A clip list as three arrays of numbers and one of characters.

    A million clips take some 80 MB, once: the worker processes of a data loader read the same
    pages, since no Python object with a reference count lies in them. MMEngine's serialised list
    holds a pickled dictionary for each clip, and all of them unpickled while it loads.

    ::

        text    b'a.mp4b.mp4…'  uint8            offsets  0, 5, 10, …  int64 (n + 1, )
        labels  0, 3, …  int32 (n, )             lines    1, 2, …      int32 (n, )

    Args:
        entries: Lines of a list, see :func:`iter_clip_list`.
        root: Put in front of each path, with a slash where it has none.

    Examples:
        >>> ClipTable([ClipEntry('a.mp4', 3, 1)], root='videos')[0]
        {'filename': 'videos/a.mp4', 'label': 3, 'line': 1}
    """

    def __init__(self, entries: Iterable[ClipEntry], root: str = '') -> None:
        self.root = root_of(root)
        text, ends, labels, lines = bytearray(), array('q', [0]), array('i'), array('i')
        for entry in entries:
            text += entry.path.encode()
            ends.append(len(text))
            labels.append(entry.label)
            lines.append(entry.line)
        self.text = np.frombuffer(text, np.uint8)
        self.offsets = np.frombuffer(ends, np.int64)
        self.labels = np.frombuffer(labels, np.int32)
        self.lines = np.frombuffer(lines, np.int32)

    def __len__(self) -> int:
        return len(self.labels)

    @overload
    def __getitem__(self, index: int) -> dict: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict]: ...

    def __getitem__(self, index: int | slice) -> dict | list[dict]:
        """One clip as ``dict(filename, label, line)``, or a list of them."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f'clip {index} of a list of {len(self)}')
        index %= len(self)
        path = self.text[self.offsets[index] : self.offsets[index + 1]].tobytes().decode()
        return dict(
            # A path that starts with a slash stands for itself, as everywhere.
            filename=path if path.startswith('/') else self.root + path,
            label=int(self.labels[index]),
            line=int(self.lines[index]),
        )
