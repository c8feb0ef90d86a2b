"""Clips to label and the answers, in a CSV that is whole at any moment."""

import csv
import io
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sefar.datasets.frame_cache import stamp
from sefar.inference.label_next import COLUMNS
from sefar.preparation.label_table import delimiter_of, read_text
from sefar.whole_file import whole_file


class LabelSheet:
    """The table that ``tools/label_next.py`` wrote, being filled.

    Every answer is on the disk before it is acknowledged: the file is written aside, synced and
    put in place, so that neither a killed server nor a full disk loses one.

    Columns of others stay, and so do labels that somebody else has written meanwhile.

    Args:
        path: The CSV.
        classes: Names that a label may have.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such table, or holds a label that is no class.
    """

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        self.path = path
        self.classes = list(classes)
        self._lock = threading.Lock()
        if not path.is_file():
            raise FileNotFoundError(f'{path}: no such table; make it by tools/label_next.py')
        self.rows, self._stamp = self._read()

    def _read(self) -> tuple[list[dict[str, str]], list[int]]:
        """The rows on the disk, all of their columns, and when they were written."""
        path, written = self.path, stamp(self.path)
        rows = _rows(read_text(path))
        if not rows or not {'clip', 'label'} <= set(rows[0]):
            raise ValueError(f'{path}: is no table of tools/label_next.py (clip,label,…)')
        names = [*COLUMNS, *(name for name in rows[0] if name and name not in COLUMNS)]
        found = [{name: row.get(name) or '' for name in names} for row in rows]
        for number, row in enumerate(found, 2):
            if row['label'] and row['label'] not in self.classes:
                raise ValueError(f'{path}:{number}: {self._unknown(row["label"])}')
        return found, written

    def _unknown(self, label: str) -> str:
        known = ', '.join(self.classes[:20]) + (', …' if len(self.classes) > 20 else '')
        return (
            f'{label!r} is none of the classes of this network ({known}); give a table with a new '
            'class to tools/data/make_lists.py, and train anew'
        )

    @property
    def left(self) -> int:
        """Clips without a label."""
        return sum(not row['label'] for row in self.rows)

    def set(self, clip: str, label: str) -> None:
        """Give a clip a label, or take it back by an empty one.

        Raises:
            ValueError: there is no such clip or class.
            OSError: the file cannot be written; the label is not set then.
        """
        if label and label not in self.classes:
            raise ValueError(self._unknown(label))
        self._replace({clip: label})

    def _replace(self, labels: Mapping[str, str]) -> None:
        with self._lock:
            if stamp(self.path) != self._stamp:  # somebody sorted it, or wrote another
                self.rows, self._stamp = self._read()
            rows = [dict(row) for row in self.rows]
            if gone := sorted(labels.keys() - {row['clip'] for row in rows}):
                raise ValueError(f'the table has no clip {gone[0]}; load the page again')
            for row in rows:
                row['label'] = labels.get(row['clip'], row['label'])
            with whole_file(self.path) as file:
                file.write(table_of(rows))
            self.rows, self._stamp = rows, stamp(self.path)

    def to_label_studio(self) -> list[dict[str, Any]]:
        """Tasks of Label Studio, answers as annotations and guesses as predictions."""
        return [
            {
                'id': number,
                'data': {'video': row['clip']},
                'annotations': [{'result': [_choice(row['label'])]}] if row['label'] else [],
                'predictions': [{'result': [_choice(row['guess'])]}] if row['guess'] else [],
            }
            for number, row in enumerate(self.rows)
        ]

    def take(self, text: str) -> int:
        """Take labels from a CSV of ``clip,label`` or from Label Studio's JSON; returns how many.

        Raises:
            ValueError: the text is neither, or names a class that there is none of.
        """
        labels = _from_label_studio(text) if text.lstrip()[:1] == '[' else _from_csv(text)
        clips = {row['clip'] for row in self.rows}
        known = {clip: label for clip, label in labels.items() if clip in clips}
        if foreign := sorted(set(known.values()) - set(self.classes)):
            raise ValueError(self._unknown(foreign[0]))
        if not known:
            raise ValueError('none of its clips is in this table')
        self._replace(known)
        return len(known)


def table_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _choice(label: str) -> dict[str, Any]:
    return {
        'from_name': 'label',
        'to_name': 'video',
        'type': 'choices',
        'value': {'choices': [label]},
    }


def _rows(text: str) -> list[dict[str, str]]:
    """Rows of a table by column, whatever a spreadsheet made of its commas and labels."""
    delimiter = delimiter_of(text.splitlines())
    rows = csv.DictReader(io.StringIO(text, newline=''), delimiter=delimiter)
    return [
        {name: value.strip() if name == 'label' and value else value for name, value in row.items()}
        for row in rows
    ]


def _from_csv(text: str) -> dict[str, str]:
    rows = _rows(text.removeprefix('\ufeff'))
    if not rows or not {'clip', 'label'} <= set(rows[0]):
        raise ValueError('no CSV with the columns clip and label, and no JSON of Label Studio')
    return {row['clip']: row['label'] for row in rows if row['label']}


def _from_label_studio(text: str) -> dict[str, str]:
    labels = {}
    try:
        for task in json.loads(text):
            for annotation in task.get('annotations', [])[-1:]:
                for result in annotation['result']:
                    if choices := result['value'].get('choices'):
                        labels[task['data']['video']] = choices[0]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError('no JSON export of Label Studio with a video and a choice') from None
    return labels
