"""Compare tested runs: python tools/report.py NAME=DIR[,DIR…] … --classes FILE --out FOLDER.

Several work dirs of a name are seeds: the table has their mean ± standard deviation, the figures
show the first. Each holds the training log and `scores.pkl`, which `tools/test.py --dump` writes.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sefar.analysis.report import (
    accuracy,
    mean_and_std,
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
    parser.add_argument('runs', nargs='+', help='NAME=DIR[,DIR…], work dirs')
    parser.add_argument('--classes', required=True, help='class names, one a line')
    parser.add_argument('--out', type=Path, required=True, help='folder for the figures')
    args = parser.parse_args()
    if malformed := [run for run in args.runs if '=' not in run]:
        parser.error(f'{malformed[0]!r}: wanted NAME=DIR')
    runs = {
        name: [Path(path) for path in paths.split(',')]
        for name, paths in (run.split('=', 1) for run in args.runs)
    }
    names = read_class_names(args.classes)

    table = Table('model', 'top-1 %', 'mean-class %', 'training', title='Test accuracy')
    figures = []
    for name, work_dirs in runs.items():
        tested = [read_scores(work_dir / 'scores.pkl') for work_dir in work_dirs]
        seconds = [training_seconds(read_scalars(work_dir)) for work_dir in work_dirs]
        minutes = f'{sum(seconds) / len(seconds) / 60:.1f} min'
        for branch in tested[0][0]:
            label = name if branch == 'model' else f'{name}, {branch}'
            figures_of = [accuracy(scores[branch], labels) for scores, labels in tested]
            columns = [mean_and_std(values) for values in zip(*figures_of, strict=True)]
            table.add_row(label, *columns, minutes)
            minutes = ''
        scores, labels = tested[0]
        path = args.out / f'confusion_{work_dirs[0].name}.png'
        plot_confusion(scores[branch], labels, names, label, path)
        figures.append(path)
    curves = args.out / 'learning_curves.png'
    plot_curves({name: work_dirs[0] for name, work_dirs in runs.items()}, curves)
    Console().print(table)
    for path in (curves, *figures):
        print(path)


if __name__ == '__main__':
    main()
