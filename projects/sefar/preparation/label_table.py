"""Tables of a few labels, as people write them."""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sefar.datasets.clip_parts import Part

CLIP = ('clip', 'path', 'video', 'file', 'filename')
LABEL = ('label', 'class', 'action')
TIME = re.compile(r'(start|begin|end|stop)[ _(-]*(time|times|s|sec|secs|seconds|ms|frame)?\)?')
"""Names of columns that look like seconds of a part."""
PLAIN = 'clip,label or clip,label,start,end (seconds)'


class Labelled(NamedTuple):
    """A row of a table.

    Attributes:
        clip: Name of the clip in lists, a part of a video where the row gives start and end.
        label: Name of its class; empty where the row has none yet.
        group: What it must not be parted from, such as an athlete; empty where no column says.
        place: ``table:line``, for messages.
    """

    clip: str
    label: str
    group: str
    place: str


def read_text(path: Path) -> str:
    """Text of a table in UTF-8, or in UTF-16 with its mark.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: it is neither.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such table of labels')
    raw = path.read_bytes()
    encoding = 'utf-16' if raw[:2] in (b'\xff\xfe', b'\xfe\xff') else 'utf-8-sig'
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = '\0'
    if '\0' in text:
        raise ValueError(f'{path}: is no text in UTF-8 or UTF-16; save the table as CSV in UTF-8')
    return text


def read_table(
    path: Path, group_by: str | None = None, group_wanted: bool = True
) -> list[Labelled]:
    """Read a table of labels.

    Fields are separated by commas, semicolons or tabs. A first row that names columns is a header:
    a clip column (``CLIP``), a label column (``LABEL``), perhaps ``start`` and ``end``; others are
    passed over. Without one the fields are those of ``PLAIN``.

    Args:
        path: The table.
        group_by: Name of a column.
        group_wanted: Whether that column has to be there.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: a row or the header cannot be understood; says which.
    """
    lines = read_text(path).splitlines()
    delimiter = delimiter_of(lines)
    rows: list[list[str]] = []
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        rows.append([field.strip() for field in row])
        if reader.line_num > len(rows):
            raise ValueError(
                f'{path}:{len(rows)}: a double quote that the line does not close takes in the '
                'next one; close it, or double a quote that is meant'
            )
    filled = [i for i, row in enumerate(rows) if any(row)]
    if not filled:
        raise ValueError(f'{path}: no labels; write a few rows of {PLAIN}')
    names = [field.lower() for field in rows[filled[0]]]
    header = _column(names, LABEL) is not None
    if header:
        if group_by is not None and group_by.lower() not in names and not group_wanted:
            group_by = None
        columns = _columns(names, group_by, f'{path}:{filled[0] + 1}')
    else:
        if group_by is not None and group_wanted:
            raise ValueError(
                f'{path}: --group-by {group_by}: the table has no header; name its columns, such '
                f'as clip,label,{group_by}'
            )
        columns = dict(zip(('clip', 'label', 'start', 'end'), range(4), strict=True))
    found = []
    for index in filled[1:] if header else filled:
        place = f'{path}:{index + 1}'
        row = rows[index]
        if not header and len(row) not in (2, 4):
            raise ValueError(f'{place}: found {row}, wanted {PLAIN}')
        if header and any(row[len(names) :]):
            raise ValueError(
                f'{place}: found {len(row)} fields, the header has {len(names)}; put a field that '
                f'holds {delimiter!r} into double quotes'
            )
        found.append(_labelled(row, columns, place))
    return found


def delimiter_of(lines: Sequence[str]) -> str:
    """What separates the fields of a table: a comma, a semicolon or a tab."""
    first = next((line for line in lines if line.strip()), '')
    return max(',;\t', key=first.count)


def _column(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _columns(names: list[str], group_by: str | None, place: str) -> dict[str, int]:
    columns = dict(clip=_column(names, CLIP), label=_column(names, LABEL))
    if columns['clip'] is None:
        raise ValueError(f'{place}: the header {names} names no clip column; wanted clip,label')
    for name in ('start', 'end'):
        if name in names:
            columns[name] = names.index(name)
    times = [name for name in names if TIME.fullmatch(name)]
    if times and 'start' not in names:
        raise ValueError(
            f'{place}: the header has {", ".join(times)}; name the seconds of a part start and '
            'end, or take the columns out'
        )
    if ('start' in columns) != ('end' in columns):
        raise ValueError(f'{place}: the header names just one of start and end')
    if group_by is not None:
        if group_by.lower() not in names:
            raise ValueError(f'{place}: --group-by {group_by}: the header has {", ".join(names)}')
        columns['group'] = names.index(group_by.lower())
    return {name: column for name, column in columns.items() if column is not None}


def _labelled(row: list[str], columns: dict[str, int], place: str) -> Labelled:
    got = {name: row[i] if i < len(row) else '' for name, i in columns.items()}
    if not got['clip']:
        raise ValueError(f'{place}: found {row}, a row without a clip; wanted {PLAIN}')
    clip = got['clip']
    times = [got.get(name, '') for name in ('start', 'end')]
    if any(times):
        try:
            start, end = map(float, times)
        except ValueError:
            raise ValueError(
                f'{place}: start {times[0]!r}, end {times[1]!r}: wanted seconds'
            ) from None
        if not 0 <= start < end:
            raise ValueError(f'{place}: start {start:g}, end {end:g}: wanted 0 <= start < end')
        clip = str(Part(clip, start, end))
    # Accents are one character, however the table was typed.
    label, group = (unicodedata.normalize('NFC', got.get(name, '')) for name in ('label', 'group'))
    return Labelled(clip, label, group, place)


def doubts(names: Iterable[str], what: str = 'classes') -> list[str]:
    """Names of classes, or of groups, that may be one written in two ways, in words."""
    alike = defaultdict(list)
    for name in names:
        alike[_plain(name)].append(name)
    return [
        f'the {what} {" and ".join(map(repr, same))} differ in case, spaces or zeros alone; are '
        'they one?'
        for same in alike.values()
        if len(same) > 1
    ]


def _plain(name: str) -> str:
    plain = ' '.join(unicodedata.normalize('NFKC', name).casefold().split())
    if number := re.fullmatch(r'0*(\d+?)(\.(\d*?)0*)?', plain):  # 01, 1 and 1.0
        return f'{number[1]}.{number[3] or ""}'
    return plain
