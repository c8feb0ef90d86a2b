"""Rows of tables of labels, held against the clips that they name."""

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sefar.datasets.clip_parts import VIDEO_SUFFIXES, FrameFolder, NoFramesError, part_of

from .label_table import Labelled, read_table


def read_rows(table: Path, clips: Path, group_by: str | None, group_wanted: bool) -> list[Labelled]:
    """Rows of a table, whose clips are there and named relative to their folder.

    Args:
        table: The table.
        clips: Folder of the clips.
        group_by: See :func:`read_table`.
        group_wanted: Likewise.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: a row cannot be understood, or names no clip of the folder.
    """
    rows = read_table(table, group_by, group_wanted)
    relative = []
    for row in rows:
        part = part_of(row.clip)
        path = clips / part.file
        if not path.exists():
            header = '; if this row is a header, name its columns clip and label'
            raise ValueError(
                f'{row.place}: {path} is not there; paths are relative to {clips}'
                f'{header if row is rows[0] else ""}'
            )
        if path.is_file() and path.suffix.lower() not in VIDEO_SUFFIXES:
            raise ValueError(
                f'{row.place}: {path} is no video ({", ".join(sorted(VIDEO_SUFFIXES))})'
            )
        try:
            if path.is_dir():
                FrameFolder(str(path))
        except NoFramesError as error:
            raise ValueError(f'{row.place}: {error}') from error
        # However it is spelt: ./a.mp4, an absolute path, a/../b.mp4.
        name = os.path.relpath(os.path.abspath(path), clips)
        if name.startswith('..'):
            raise ValueError(f'{row.place}: {path} is not in {clips}, the folder of clips')
        relative.append(row._replace(clip=str(part._replace(file=Path(name).as_posix()))))
    return relative


def merged(rows: Sequence[Labelled], tables: str) -> list[Labelled]:
    """Rows of tables with a label, each clip once.

    Raises:
        ValueError: there are none, or two of them say different things of one clip.
    """
    first: dict[str, Labelled] = {}
    for row in rows:
        if not row.label:
            continue
        other = first.setdefault(row.clip, row)
        if other.label != row.label:
            raise ValueError(
                f'{row.place}: {row.clip} is labelled twice, {row.label!r} here and '
                f'{other.label!r} in {other.place}; keep one row'
            )
    if not first:
        raise ValueError(f'{tables}: no row has a label; fill the column of labels')
    _check_parts(first.values())
    return sorted(first.values())


def _check_parts(rows: Iterable[Labelled]) -> None:
    """Parts of one file that share time are of one class."""
    last: dict[str, tuple[float, Labelled]] = {}
    spans = ((part_of(row.clip), row) for row in rows)
    for part, row in sorted(spans, key=lambda span: (span[0].file, span[0].start or 0)):
        ends, other = last.get(part.file, (0.0, row))
        if (part.start or 0) < ends and other.label != row.label:
            raise ValueError(
                f'{row.place}: {row.clip} is {row.label!r} and shares time with {other.clip}, '
                f'which is {other.label!r} in {other.place}; correct the seconds or the labels'
            )
        if (end := part.end or math.inf) > ends:
            last[part.file] = end, row
