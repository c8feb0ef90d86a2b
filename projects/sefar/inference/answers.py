"""Predictions as tables, files and pictures."""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sefar.datasets.clip_parts import part_of
from sefar.whole_file import whole_file

from .predictor import Prediction

NONE_OF_THESE = 'none of these'


class Segment(NamedTuple):
    """Neighbouring windows of one class.

    Attributes:
        start: Seconds.
        end: Seconds.
        name: Of the class.
        probability: Mean over the windows.
    """

    start: float
    end: float
    name: str
    probability: float


def answer(
    prediction: Prediction, classes: Sequence[str], top_k: int, threshold: float = 0
) -> dict[str, Any]:
    """A prediction as a row.

    Keys: ``clip`` and ``file``, its name and where it is; ``start`` and ``end`` in seconds of a
    part; ``class``, ``probability``, ``spread``; ``top``, (class, probability) of the ``top_k``
    likeliest; ``error``. Values that do not apply are ``None``.

    Args:
        prediction: The prediction.
        classes: Names of the classes.
        top_k: Classes to list.
        threshold: Below this probability the clip is :data:`NONE_OF_THESE`.
    """
    part = part_of(prediction.clip.filename)
    row: dict[str, Any] = dict(
        clip=prediction.clip.name, file=part.file, start=part.start, end=part.end
    )
    if prediction.error is not None:
        return row | {
            'class': None,
            'probability': None,
            'spread': None,
            'top': [],
            'error': prediction.error,
        }
    probs = prediction.probs
    order = np.argsort(-probs, kind='stable')[:top_k]
    best = float(probs[order[0]])
    return row | {
        'class': classes[order[0]] if best >= threshold else NONE_OF_THESE,
        'probability': best,
        'spread': None if np.isnan(prediction.spread) else prediction.spread,
        'top': [(classes[i], float(probs[i])) for i in order],
        'error': None,
    }


def write_answers(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows as CSV or, where the name ends in ``.json``, as JSON; whole or not at all.

    Raises:
        ValueError: the name ends in neither.
    """
    if path.suffix == '.json':
        body = [
            row | {'top': [{'class': name, 'probability': p} for name, p in row['top']]}
            for row in rows
        ]
        with whole_file(path) as file:
            file.write(json.dumps(body, indent=1, ensure_ascii=False) + '\n')
    else:
        check_out(path)
        most = max((len(row['top']) for row in rows), default=0)
        with whole_file(path) as file:
            writer = csv.writer(file)
            more = [f'{what}_{k}' for k in range(2, most + 1) for what in ('class', 'probability')]
            plain = ('clip', 'start', 'end', 'class', 'probability', 'spread')
            writer.writerow((*plain, *more, 'error'))
            for row in rows:
                rest = [_text(value) for pair in row['top'][1:] for value in pair]
                rest += [''] * (len(more) - len(rest))
                writer.writerow((*(_text(row[key]) for key in plain), *rest, row['error'] or ''))


def check_out(path: Path) -> None:
    """A file can be written there.

    Raises:
        ValueError: it is neither ``.csv`` nor ``.json``.
        OSError: its folder cannot be written to.
    """
    if path.suffix not in ('.csv', '.json'):
        raise ValueError(f'--out {path}: wanted a name that ends in .csv or .json')
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise OSError(f'--out {path}: {path.parent} is not writable')


def _text(value: Any) -> str:
    if value is None:
        return ''
    return f'{value:.6g}' if isinstance(value, float) else str(value)


def timelines(rows: Sequence[dict[str, Any]]) -> dict[str, list[Segment]]:
    """Segments of each video by its file, from the rows of its windows.

    A window speaks for the time up to the middle of its overlap with the next one.
    """
    of_video: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        if row['error'] is None and row['start'] is not None:
            # A part of a video that was cut into windows is a video by itself.
            of_video[str(part_of(row['clip'])._replace(file=row['file']))].append(row)
    found: dict[str, list[Segment]] = {}
    for video, windows in of_video.items():
        windows.sort(key=itemgetter('start'))  # they may come in the order of doubt
        segments: list[tuple[float, float, str, list[float]]] = []
        for i, window in enumerate(windows):
            last = i + 1 == len(windows)
            start = segments[-1][1] if segments else window['start']
            end = window['end'] if last else (window['end'] + windows[i + 1]['start']) / 2
            if segments and segments[-1][2] == window['class']:
                begun = segments.pop()
                segments.append((begun[0], end, begun[2], [*begun[3], window['probability']]))
            else:
                segments.append((start, end, window['class'], [window['probability']]))
        found[video] = [Segment(s, e, name, float(np.mean(p))) for s, e, name, p in segments]
    return found


def plot_timeline(video: str, segments: Sequence[Segment], path: Path) -> None:
    """Draw the classes of a video over its time."""
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(segment.name for segment in segments))
    fig, axis = plt.subplots(figsize=(10, 1.6 + 0.35 * len(names)), layout='constrained')
    colours = plt.get_cmap('tab20')
    for segment in segments:
        row = names.index(segment.name)
        axis.barh(
            row,
            segment.end - segment.start,
            left=segment.start,
            height=0.7,
            color=colours(row % 20),
            alpha=0.25 + 0.75 * segment.probability,
        )
        axis.text(
            (segment.start + segment.end) / 2,
            row,
            f'{segment.probability:.2f}',
            ha='center',
            va='center',
            fontsize=7,
        )
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set(xlabel='seconds', title=video, xlim=(segments[0].start, segments[-1].end))
    fig.savefig(path, dpi=150)
    plt.close(fig)
