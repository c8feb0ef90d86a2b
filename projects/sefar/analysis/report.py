"""Tables and figures of finished runs."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from mmaction.evaluation import ConfusionMatrix, top_k_accuracy

from sefar.evaluation import mean_class_accuracy
from sefar.evaluation.score_file import NAME, Scores, read_scores

LARGEST = 40.0
"""Inches of a figure, which otherwise grows with the square of the classes."""


def read_scalars(work_dir: Path) -> list[dict[str, Any]]:
    """Rows that MMEngine logged, over all starts of a run in the order of time.

    A later start replaces all rows of earlier ones from its first step on: a resumed run logs some
    steps again, one that was begun anew all of them.

    Raises:
        FileNotFoundError: the folder holds no log.
        ValueError: a log is damaged.
    """
    files = sorted(work_dir.glob('*/vis_data/scalars.json'))
    if not files:
        raise FileNotFoundError(
            f'{work_dir}: no */vis_data/scalars.json; was a model trained here?'
        )
    rows: list[dict[str, Any]] = []
    for file in files:
        try:
            new = [json.loads(line) for line in file.read_text().splitlines()]
        except ValueError as error:
            raise ValueError(f'{file}: a line is no JSON ({error}); delete it') from error
        if first := next((row for row in new if 'loss' in row), None):
            begun = {True: first['step'], False: first['epoch']}  # validations count epochs
            rows = [row for row in rows if row['step'] < begun['loss' in row]]
        rows += new
    return list({('loss' in row, row['step']): row for row in rows}.values())


def seconds_at(rows: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """Time of training up to each logged step, from the mean time of each window of steps."""
    seconds = {0: 0.0}
    for row in rows:
        if 'loss' in row:
            previous, total = next(reversed(seconds.items()))
            seconds[row['step']] = total + row['time'] * (row['step'] - previous)
    return seconds


def training_seconds(rows: Sequence[Mapping[str, Any]]) -> float:
    """Time of all training steps."""
    return next(reversed(seconds_at(rows).values()))


def score_file_of(work_dir: Path) -> Path:
    """Where the scores of a run are, or would be: in its folder, or in ``test`` below it."""
    places = (work_dir / NAME, work_dir / 'test' / NAME)
    return next((place for place in places if place.is_file()), places[0])


def scores_of(work_dir: Path) -> Scores:
    """Scores of the last test of a run, see :func:`score_file_of`.

    Raises:
        FileNotFoundError: it was not tested.
        ValueError: a clip has no label.
    """
    path = score_file_of(work_dir)
    scores = read_scores(path)
    if (scores.labels < 0).any():
        raise ValueError(f'{path}: {(scores.labels < 0).sum()} clips have no label')
    return scores


_SUPERVISED = ('loss_sup', 'loss_cls')

CHOICES = ('likelihood', 'generation', 'answered')
"""Figures of a question answering test."""


def read_choices(work_dir: Path) -> dict[str, float]:
    """Figures of the latest question answering test in a work dir, in [0, 1].

    Raises:
        FileNotFoundError: no test was run there.
    """
    for path in sorted(work_dir.glob('*/*.json'), reverse=True):
        figures = json.loads(path.read_text())
        if f'choice/{CHOICES[0]}' in figures:
            return {name: figures[f'choice/{name}'] for name in CHOICES}
    raise FileNotFoundError(f'{work_dir}: holds no result; run tools/test.py --work-dir {work_dir}')


def accuracy(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Top-1 and mean-class accuracy in [0, 1], as a test reports them."""
    top1 = top_k_accuracy(list(scores), labels.tolist(), (1,))[0]
    return float(top1), mean_class_accuracy(scores, labels)


def mean_and_std(values: Sequence[float]) -> str:
    """Percent, as ``mean ± sample standard deviation`` where there are several values."""
    percent = 100 * np.asarray(values)
    if len(percent) == 1:
        return f'{percent[0]:.1f}'
    return f'{percent.mean():.1f} ± {percent.std(ddof=1):.1f}'


def save_figure(fig: Figure, path: Path) -> None:
    """Write a figure as PNG, making its folder, and close it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=150)
    plt.close(fig)


def plot_curves(runs: Mapping[str, Path], path: Path) -> None:
    """Plot training loss, validation top-1 by steps and by minutes, and what pseudo labels did.

    Args:
        runs: Maps a run's name to its work dir; its loop counts epochs.
        path: PNG to write.

    Raises:
        ValueError: an epoch that was validated left no row of its training in the log.
    """
    fig, grid = plt.subplots(2, 2, figsize=(11, 7.6), layout='constrained')
    loss, pseudo, by_steps, by_minutes = grid.flat
    for name, work_dir in runs.items():
        rows = read_scalars(work_dir)
        train = [row for row in rows if 'loss' in row]
        for key in dict.fromkeys(k for row in train for k in row if k.endswith(_SUPERVISED)):
            points = [(row['step'], row[key]) for row in train if key in row]
            label = name if key in _SUPERVISED else f'{name}, {key.removesuffix("_loss_sup")}'
            loss.plot(*zip(*points, strict=True), label=label)
        epochs = [row for row in rows if 'loss' not in row]
        last_step = {row['epoch']: row['step'] for row in train}
        if silent := [row['step'] for row in epochs if row['step'] not in last_step]:
            raise ValueError(
                f'{work_dir}: its log has no training step of epoch {silent[0]}; train with '
                'default_hooks.logger.ignore_last=False, or a smaller logger interval'
            )
        seconds = seconds_at(rows)
        for key in dict.fromkeys(k for row in epochs for k in row if k.endswith('acc/top1')):
            steps = [last_step[row['step']] for row in epochs if key in row]
            values = [row[key] for row in epochs if key in row]
            label = name if key == 'acc/top1' else f'{name}, {key.split("/")[0]}'
            by_steps.plot(steps, values, marker='.', label=label)
            by_minutes.plot([seconds[s] / 60 for s in steps], values, marker='.', label=label)
        for key, style in (('pseudo_weight', '-'), ('mu', '--'), ('pseudo_acc', ':')):
            points = [(row['step'], row[key]) for row in train if key in row]
            if points:
                pseudo.plot(*zip(*points, strict=True), style, label=f'{name}, {key}')
    titles = ('loss on labelled clips', 'pseudo labels', 'validation top-1', 'validation top-1')
    units = ('step', 'step', 'step', 'minutes of training')
    for axis, title, unit in zip(grid.flat, titles, units, strict=True):
        axis.set(title=title, xlabel=unit)
        axis.grid(alpha=0.3)
        if axis.has_data():
            axis.legend(fontsize=8)
    save_figure(fig, path)


def plot_confusion(
    scores: np.ndarray, labels: np.ndarray, names: Sequence[str], title: str, path: Path
) -> None:
    """Plot a row-normalised confusion matrix.

    Args:
        scores: float (N, C).
        labels: int (N, ).
        names: Names of the C classes.
        title: Of the figure.
        path: PNG to write.
    """
    classes = np.arange(scores.shape[1])
    matrix = ConfusionMatrix.calculate(scores.argmax(1), labels, len(classes)).numpy()
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    side = min(3 + 0.32 * len(classes), LARGEST)
    fig, axis = plt.subplots(figsize=(side + 2.5, side), layout='constrained')
    image = axis.imshow(share, vmin=0, vmax=1, cmap='Blues')
    axis.set(title=title, xlabel='predicted', ylabel='true')
    if side < LARGEST:  # else no name could be read
        axis.set_xticks(classes, classes)
        axis.set_yticks(classes, [f'{name}  {i}' for i, name in enumerate(names)], fontsize=8)
    fig.colorbar(image, label='share of the true class', shrink=0.8)
    save_figure(fig, path)


def plot_per_class(
    runs: Mapping[str, tuple[np.ndarray, np.ndarray]], names: Sequence[str], stem: Path
) -> None:
    """Write and plot each class's accuracy, the classes in the order of the first run's.

    Args:
        runs: Maps a run's name to scores float (N, C) and labels int (N, ).
        names: Names of the C classes.
        stem: Path of the CSV and the PNG without a suffix.
    """
    clips = np.bincount(next(iter(runs.values()))[1], minlength=len(names))
    accuracies = {}
    for run, (scores, labels) in runs.items():
        right = np.bincount(labels[scores.argmax(1) == labels], minlength=len(names))
        total = np.bincount(labels, minlength=len(names))
        accuracies[run] = np.where(total > 0, right / np.maximum(total, 1), np.nan)
    stem.parent.mkdir(parents=True, exist_ok=True)
    with open(stem.with_suffix('.csv'), 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('label', 'class', 'clips', *accuracies))
        for label, name in enumerate(names):
            row = (f'{values[label]:.4f}' for values in accuracies.values())
            writer.writerow((label, name, clips[label], *row))
    order = np.argsort(next(iter(accuracies.values())), kind='stable')
    fig, axis = plt.subplots(figsize=(9, 1.5 + 0.24 * len(names)), layout='constrained')
    for values, marker in zip(accuracies.values(), 'osD^v' * len(accuracies), strict=False):
        axis.plot(100 * values[order], range(len(names)), marker, markersize=5, alpha=0.8)
    axis.set_yticks(range(len(names)), [f'{names[i]} ({clips[i]})' for i in order], fontsize=8)
    axis.set(xlabel='accuracy %', xlim=(-2, 102), title='Accuracy by class (test clips)')
    axis.grid(alpha=0.3)
    axis.legend(list(accuracies), fontsize=8)
    save_figure(fig, stem.with_suffix('.png'))
