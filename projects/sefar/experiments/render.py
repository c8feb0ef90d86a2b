"""Tables of collected runs as Markdown, CSV and PNG."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from sefar.analysis.report import mean_and_std, save_figure

from .tables import Table


class Line(NamedTuple):
    """A row of results.

    Attributes:
        name: Of the row.
        predicted: Top-1 in [0, 1] of the network that predicts, of each finished seed.
        top1: Network -> top-1 of each finished seed.
        validation: Top-1 of the network that predicts on the validation list at a run's end, of
            each finished seed; empty where the data has none.
        seconds: Training time of each finished seed, its stages included.
        parameters: Of all networks that take part; ``None`` where no run has told.
        petaflops: Of a run, its stages included; likewise.
        pseudo_acc: Pseudo-label accuracy at the end of each finished seed that knows it.
        paper: The paper's figures by column.
    """

    name: str
    predicted: list[float]
    top1: dict[str, list[float]]
    validation: list[float]
    seconds: list[float]
    parameters: int | None
    petaflops: float | None
    pseudo_acc: list[float]
    paper: Mapping[str, float]


def gather(table: Table, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Line]:
    """Bring the results of a table's rows together, in the order of the table."""
    lines = []
    for row in table.rows:
        found = results.get(row.name, ())
        predicts = [list(r['top1'])[-1] for r in found]  # a guard may choose another each seed
        networks = {b: [r['top1'][b] for r in found] for b in (found[0]['top1'] if found else ())}
        told = [
            r['validation'][network]
            for r, network in zip(found, predicts, strict=True)
            if r.get('validation')
        ]
        predicted = [r['top1'][network] for r, network in zip(found, predicts, strict=True)]
        pseudo = [r['last_pseudo_acc'] for r in found if r['last_pseudo_acc'] is not None]
        seconds = [r['seconds'] + sum(r.get('stage_seconds', {}).values()) for r in found]
        size = next((sum(r['parameters'].values()) for r in found if 'parameters' in r), None)
        cost = next((r['petaflops'] for r in found if 'petaflops' in r), None)
        lines.append(
            Line(row.name, predicted, networks, told, seconds, size, cost, pseudo, row.paper)
        )
    return lines


def marks(values: Sequence[float | None]) -> list[str]:
    """``'best'``, ``'second'`` or ``''`` for each value; equal values share a mark."""
    ranked = sorted({round(v, 6) for v in values if v is not None}, reverse=True)
    names = dict(zip(ranked, ('best', 'second'), strict=False))
    return ['' if v is None else names.get(round(v, 6), '') for v in values]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def write_table(table: Table, lines: Sequence[Line], stem: Path, footnote: str) -> str:
    """Write ``<stem>.md``, ``.csv``, ``.png``, ``<stem>_cost.png``; returns the Markdown.

    Args:
        table: The table.
        lines: From :func:`gather`.
        stem: Path without a suffix.
        footnote: Where the numbers come from.
    """
    networks = list(dict.fromkeys(network for line in lines for network in line.top1))
    columns = {b: [line.top1.get(b, []) for line in lines] for b in networks}
    paper = list(dict.fromkeys(column for line in lines for column in line.paper))
    style = {'best': '**{}**', 'second': '<u>{}</u>', '': '{}'}
    cells: list[list[str]] = [[] for _ in lines]
    for values in ([line.predicted for line in lines], *columns.values()):
        for row, seeds, mark in zip(cells, values, marks([_mean(v) for v in values]), strict=True):
            row.append(style[mark].format(mean_and_std(seeds)) if seeds else '–')
    for row, line in zip(cells, lines, strict=True):
        row.append(mean_and_std(line.validation) if line.validation else '–')
        row.append(mean_and_std(line.pseudo_acc) if line.pseudo_acc else '–')
        row.append(f'{np.mean(line.seconds) / 60:.1f}' if line.seconds else '–')
        row.append(f'{line.parameters / 1e6:.2f}' if line.parameters else '–')
        row.append(f'{line.petaflops:.3f}' if line.petaflops else '–')
        row.append(str(len(line.seconds)))
        row += [f'{line.paper[c]:.1f}' if c in line.paper else '–' for c in paper]
    header = [
        '',
        'top-1 %',
        *(network.replace('_', ' ') for network in networks),
        'on the validation list %',
        'pseudo labels right %',
        'training min',
        'parameters M',
        'PFLOPs',
        'seeds',
        *(f'paper, {column}' for column in paper),
    ]
    text = [f'**{table.title}**', '', '| ' + ' | '.join(header) + ' |', '|---' * len(header) + '|']
    text += [
        f'| {line.name} | ' + ' | '.join(row) + ' |' for line, row in zip(lines, cells, strict=True)
    ]
    markdown = '\n'.join([*text, '', footnote, ''])
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix('.md').write_text(markdown)
    with open(stem.with_suffix('.csv'), 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('row', 'network', 'seeds', 'top1_mean', 'top1_std', 'top1_values'))
        for network, values in columns.items():
            for line, seeds in zip(lines, values, strict=True):
                std = float(np.std(seeds, ddof=1)) if len(seeds) > 1 else ''
                writer.writerow(
                    (line.name, network, len(seeds), _mean(seeds), std, ' '.join(map(str, seeds)))
                )
    _plot(table, lines, networks, stem.with_suffix('.png'), footnote)
    _plot_cost(table, lines, stem.with_name(f'{stem.name}_cost.png'), footnote)
    return markdown


def _plot(
    table: Table, lines: Sequence[Line], networks: Sequence[str], path: Path, footnote: str
) -> None:
    """Bars of the mean with every seed as a dot, in shades that print."""
    fig, axis = plt.subplots(figsize=(8, 1.4 + 0.55 * len(lines)), layout='constrained')
    height = 0.8 / max(1, len(networks))
    for index, network in enumerate(networks):
        for y, line in enumerate(lines):
            percent = 100 * np.array(line.top1.get(network, []))
            if not len(percent):
                continue
            at = y + (index - (len(networks) - 1) / 2) * height
            axis.barh(
                at,
                percent.mean(),
                height,
                color=('0.55', '0.8')[index % 2],
                edgecolor='black',
                label=network if network not in axis.get_legend_handles_labels()[1] else None,
            )
            axis.plot(percent, np.full(len(percent), at), 'k.', markersize=4)
    axis.set_yticks(range(len(lines)), [line.name for line in lines])
    axis.invert_yaxis()
    axis.set(title=table.title, xlabel='top-1 %')
    axis.set_xlim(0, 100)
    if axis.has_data():
        axis.legend(fontsize=8)
    fig.supxlabel(footnote, fontsize=6)
    save_figure(fig, path)


def _plot_cost(table: Table, lines: Sequence[Line], path: Path, footnote: str) -> None:
    """Accuracy of the network that predicts against what its training computes."""
    fig, axis = plt.subplots(figsize=(8, 6), layout='constrained')
    known = [
        (100 * np.array(line.predicted), line.petaflops, line.name)
        for line in lines
        if line.petaflops and line.predicted
    ]
    for percent, cost, _ in known:
        spread = percent.std(ddof=1) if len(percent) > 1 else 0
        axis.errorbar(cost, percent.mean(), spread, fmt='ko', markersize=4, capsize=2)
    axis.set(title=table.title, xlabel='training, PFLOPs', ylabel='top-1 %', xscale='log')
    axis.margins(x=0.2)
    fig.supxlabel(footnote, fontsize=6)
    fig.canvas.draw()
    _name_points(axis, {name: (cost, percent.mean()) for percent, cost, name in known})
    save_figure(fig, path)


def _name_points(axis: Axes, points: Mapping[str, tuple[float, float]]) -> None:
    """Write each name beside its point, where it covers no other point and no other name."""
    dots = axis.transData.transform(np.reshape(list(points.values()), (-1, 2)))
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in dots]
    for name, point in points.items():
        texts = [
            axis.annotate(
                name,
                point,
                xytext=(6 * side, 9 * up),
                textcoords='offset points',
                ha={1: 'left', -1: 'right', 0: 'center'}[side],
                va='center',
                fontsize=8,
            )
            for up in (0, 1, -1, 2, -2)
            for side in ((1, -1) if not up else (1, -1, 0))
        ]
        boxes = [text.get_window_extent() for text in texts]
        best = int(np.argmin([box.count_overlaps(taken) for box in boxes]))
        taken.append(boxes[best])
        for text in (*texts[:best], *texts[best + 1 :]):
            text.remove()
