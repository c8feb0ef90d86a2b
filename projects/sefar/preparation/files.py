"""The one finder of clips and the one writer of lists."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sefar.datasets.clip_lists import ends_like_a_label
from sefar.datasets.clip_parts import FRAME_SUFFIXES, VIDEO_SUFFIXES

Clip = tuple[str, int | None]

UNREAD_SUFFIXES = {'.gif', '.ts', '.mts', '.m2ts', '.m2v', '.vob', '.ogv', '.asf', '.mxf', '.rm'}
"""Videos that decord cannot read, or not reliably."""


def clips_below(folder: Path) -> list[str]:
    """Videos in a folder and its subfolders, linked ones too, relative to it.

    A subfolder of images is a clip by itself, see :class:`sefar.datasets.clip_parts.FrameFolder`.
    """
    return _search(folder)[0]


def _search(folder: Path) -> tuple[list[str], list[str]]:
    """Clips of :func:`clips_below`, and the suffix of every video of another format."""
    found, unread = [], []
    for root, paths in _walk(folder):
        suffixes = (path.suffix.lower() for path in paths)
        unread += [suffix for suffix in suffixes if suffix in UNREAD_SUFFIXES]
        videos = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
        found += [path.relative_to(folder).as_posix() for path in videos]
        frames = any(path.suffix.lower() in FRAME_SUFFIXES for path in paths)
        if frames and not videos and root != folder:
            found.append(root.relative_to(folder).as_posix())
    return found, unread


def _walk(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Folders and their files; hidden ones are the system's: previews, waste, ._a.mp4 of a.mp4."""
    entered = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        entered.add(os.path.realpath(root))
        # A link to a folder above it would lead round for ever.
        folders[:] = [
            name
            for name in folders
            if not name.startswith('.') and os.path.realpath(f'{root}/{name}') not in entered
        ]
        yield Path(root), [Path(root, name) for name in names if not name.startswith('.')]


def find_clips(folder: Path, tell: Callable[[str], object] | None = None) -> list[str]:
    """Clips of :func:`clips_below`, sorted.

    Args:
        folder: Where to search.
        tell: Takes what is to be said of videos of other formats; stderr if not given.

    Raises:
        ValueError: there are none, or the name of one is not in UTF-8.
    """
    found, unread = _search(folder)
    if unread:
        note = (
            f'videos of other formats are passed over: {len(unread)} '
            f'({", ".join(sorted(set(unread)))}); write them again as .mp4'
        )
        tell(note) if tell else print(f'{folder}: {note}', file=sys.stderr)
    for name in found:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ValueError(
                f'{folder}: the name {name!r} is not in UTF-8, and no list can hold it; rename it'
            ) from None
    if not found:
        suffixes = ', '.join(sorted(VIDEO_SUFFIXES))
        raise ValueError(f'{folder}: no video ({suffixes}) in it; check the folder of clips')
    return sorted(found)


def line_of(clip: tuple[str, int | None] | tuple[str, int]) -> str:
    """A clip's line of a list, ``path label`` or ``path`` alone, that reads back as it was.

    Raises:
        ValueError: no line could: the name holds a line break, begins or ends with a blank, or ends
            with what separates it from the label.
    """
    path, label = clip
    if path != path.strip() or path.endswith((',', ';')) or len(path.splitlines()) != 1:
        raise ValueError(
            f'{path!r}: a list cannot name a clip whose name begins or ends with a blank, ends '
            'with , or ;, or holds a line break; rename the file'
        )
    if path.startswith(('#', '\ufeff')):
        path = f'./{path}'  # would be a comment, or a mark of the encoding
    if label is None and ends_like_a_label(path):
        label = -1  # "take 12" would read as the clip "take" with the label 12
    return f'{path}\n' if label is None else f'{path} {label}\n'


def write_list(path: Path, clips: Iterable[tuple[str, int | None] | tuple[str, int]]) -> None:
    """Write a clip list, see :func:`line_of`."""
    path.write_text(''.join(map(line_of, clips)))


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write lines, class names for one."""
    path.write_text(''.join(f'{line}\n' for line in lines))
