"""The one finder of clips and the one writer of lists."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

VIDEO_SUFFIXES = {'.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg'}

Clip = tuple[str, int | None]


def find_clips(folder: Path) -> list[str]:
    """Videos in a folder and its subfolders, linked ones too, relative to it and sorted.

    Raises:
        ValueError: there are none.
    """
    found, entered = [], set()
    for root, folders, names in os.walk(folder, followlinks=True):
        entered.add(os.path.realpath(root))
        # A link to a folder above it would lead round for ever.
        folders[:] = [f for f in folders if os.path.realpath(f'{root}/{f}') not in entered]
        paths = [Path(root, name) for name in names]
        videos = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
        found += [path.relative_to(folder).as_posix() for path in videos]
    if not found:
        suffixes = ', '.join(sorted(VIDEO_SUFFIXES))
        raise ValueError(f'{folder}: no video ({suffixes}) in it; check the folder of clips')
    return sorted(found)


def write_list(path: Path, clips: Iterable[tuple[str, int | None] | tuple[str, int]]) -> None:
    """Write a clip list: ``path label`` lines, or ``path`` alone where the label is ``None``."""
    write_lines(path, [clip if label is None else f'{clip} {label}' for clip, label in clips])


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write lines, class names for one."""
    path.write_text(''.join(f'{line}\n' for line in lines))
