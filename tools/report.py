"""Compare tested runs: python tools/report.py NAME=WORK_DIR … --classes FILE --out DIR.

Each work dir holds the training log and `scores.pkl`, which `tools/test.py --dump` writes.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sefar.analysis.report import (
    accuracy,
    plot_confusion,
    plot_curves,
    read_scalars,
    read_scores,
    training_seconds,
)
from sefar.datasets.clip_lists import read_class_names


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('runs', nargs='+', help='NAME=WORK_DIR')
    parser.add_argument('--classes', required=True, help='class names, one a line')
    parser.add_argument('--out', type=Path, required=True, help='folder for the figures')
    args = parser.parse_args()
    if malformed := [run for run in args.runs if '=' not in run]:
        parser.error(f'{malformed[0]!r}: wanted NAME=WORK_DIR')
    runs = {name: Path(path) for name, path in (run.split('=', 1) for run in args.runs)}
    names = read_class_names(args.classes)

    table = Table('model', 'top-1 %', 'mean-class %', 'training', title='Test accuracy')
    figures = []
    for name, work_dir in runs.items():
        scores, labels = read_scores(work_dir / 'scores.pkl')
        minutes = f'{training_seconds(read_scalars(work_dir)) / 60:.1f} min'
        for branch, values in scores.items():
            top1, mean = accuracy(values, labels)
            label = name if branch == 'model' else f'{name}, {branch}'
            table.add_row(label, f'{100 * top1:.1f}', f'{100 * mean:.1f}', minutes)
            minutes = ''
        path = args.out / f'confusion_{work_dir.name}.png'
        plot_confusion(values, labels, names, label, path)
        figures.append(path)
    curves = args.out / 'learning_curves.png'
    plot_curves(runs, curves)
    Console().print(table)
    for path in (curves, *figures):
        print(path)


if __name__ == '__main__':
    main()
