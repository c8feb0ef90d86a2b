"""Look at finished runs: python tools/report.py {runs,classes,training,choices,reliability} ….

A run is NAME=DIR, the work dir of a training; where accuracy is asked for it holds the `scores.npz`
that tools/test.py wrote, there or in its folder `test`. Several directories, NAME=DIR,DIR, are
seeds of one name.
"""

import argparse
import json
from pathlib import Path

from mmengine.config import DictAction
from mmengine.runner import Runner
from rich.table import Table

from sefar.analysis.html_report import write_html
from sefar.analysis.pseudo_labels import plot_reliability, plot_training, predict, summarise
from sefar.analysis.report import (
    CHOICES,
    accuracy,
    mean_and_std,
    plot_confusion,
    plot_curves,
    plot_per_class,
    read_choices,
    read_scalars,
    scores_of,
    training_seconds,
)
from sefar.commands import at_least, named_folders, run_command, show_table
from sefar.config_files import read_config
from sefar.datasets.clip_lists import read_class_names
from sefar.evaluation.score_file import Scores


def parse_args() -> argparse.Namespace:
    """One sub-command a report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='report', required=True)

    def add(name: str, about: str, runs: str = 'NAME=DIR[,DIR…]') -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        if runs:
            command.add_argument('runs', nargs='+', metavar=runs, help='work dirs')
        if name != 'choices':
            command.add_argument('--out', type=Path, required=True, help='folder to write')
        return command

    for name, about in (
        ('runs', 'test accuracy, learning curves and confusion matrices'),
        ('classes', 'accuracy of each class and confusion matrix of the network that predicts'),
    ):
        add(name, about).add_argument(
            '--classes', help='class names, one a line; default those of the tested list'
        )
    add('training', 'weight and pseudo labels over training')
    add('choices', 'right answers of question answering tests; chance is 25 %%')
    command = add('reliability', 'is the network right when it is sure? Figures 4c and 5', runs='')
    command.add_argument('config', help='config of a method that labels clips')
    command.add_argument('checkpoint', help='its checkpoint')
    command.add_argument('--times', type=at_least(2), default=10, help='predictions a clip (U)')
    command.add_argument('--seed', type=at_least(0), default=0, help='of the dropout')
    command.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    return parser.parse_args()


def tested_runs(args: argparse.Namespace) -> tuple[dict[Path, Scores], list[str]]:
    """Scores of all work dirs, and the names of the classes that they were tested on.

    Raises:
        ValueError: classes or clips differ, or networks of one name's seeds, or ``--classes`` has
            another number of them.
    """
    named = named_folders(args.runs)
    tested = {dir: scores_of(dir) for dirs in named.values() for dir in dirs}
    (first, scores), *others = tested.items()
    for other, its in others:
        if its.classes != scores.classes:
            raise ValueError(f'{other}: is tested on other classes than {first}; report them apart')
        if sorted(its.clips) != sorted(scores.clips):
            raise ValueError(f'{other}: is tested on other clips than {first}; report them apart')
    for one, *seeds in named.values():
        for seed in seeds:
            if tested[seed].networks.keys() != tested[one].networks.keys():
                raise ValueError(
                    f'{seed}: has the networks {", ".join(tested[seed].networks)}, and {one} '
                    f'{", ".join(tested[one].networks)}; seeds of one name are of one method'
                )
    given = read_class_names(args.classes) if args.classes else scores.classes
    if len(given) != len(scores.classes):
        raise ValueError(f'{args.classes}: {len(given)} classes, {first} has {len(scores.classes)}')
    return tested, given


def report_runs(args: argparse.Namespace) -> list[Path]:
    """Print the table of accuracies; draw curves and confusion matrices; report.html has all."""
    runs = named_folders(args.runs)
    scores, names = tested_runs(args)
    columns = 'model', 'top-1 %', 'mean-class %', 'training'
    table = Table(*columns, title='Test accuracy')
    rows, figures = [], []
    for name, work_dirs in runs.items():
        tested = [scores[work_dir] for work_dir in work_dirs]
        seconds = [training_seconds(read_scalars(work_dir)) for work_dir in work_dirs]
        minutes = f'{sum(seconds) / len(seconds) / 60:.1f} min'
        networks = tested[0].networks
        for network in networks:
            label = name if len(networks) == 1 else f'{name}, {network}'
            figures_of = [accuracy(each.networks[network], each.labels) for each in tested]
            means = [mean_and_std(values) for values in zip(*figures_of, strict=True)]
            rows.append((label, *means, minutes))
            table.add_row(*rows[-1])
            minutes = ''
        predicting, last = list(networks.items())[-1]
        figures.append(args.out / f'confusion_{name}.png')
        title = name if len(networks) == 1 else f'{name}, {predicting}'
        plot_confusion(last, tested[0].labels, names, title, figures[-1])
    curves = args.out / 'learning_curves.png'
    plot_curves({name: work_dirs[0] for name, work_dirs in runs.items()}, curves)
    show_table(table)
    page = args.out / 'report.html'
    write_html(page, 'Test accuracy', columns, rows, [curves, *figures])
    return [curves, *figures, page]


def report_classes(args: argparse.Namespace) -> list[Path]:
    """Write per_class.csv and .png and a confusion matrix for each name."""
    scores, names = tested_runs(args)
    predicted, figures = {}, []
    for name, work_dirs in named_folders(args.runs).items():
        tested = scores[work_dirs[0]]
        *_, last = tested.networks.values()
        predicted[name] = last, tested.labels
        figures.append(args.out / f'confusion_{name}.png')
        plot_confusion(last, tested.labels, names, name, figures[-1])
    plot_per_class(predicted, names, args.out / 'per_class')
    return [*figures, args.out / 'per_class.csv', args.out / 'per_class.png']


def report_training(args: argparse.Namespace) -> list[Path]:
    """Draw what the pseudo labels did."""
    figure = args.out / 'training.png'
    plot_training({name: dirs[0] for name, dirs in named_folders(args.runs).items()}, figure)
    return [figure]


def report_choices(args: argparse.Namespace) -> list[Path]:
    """Print the accuracy of answers."""
    table = Table('', *CHOICES, 'runs', title='right answers, %')
    for name, folders in named_folders(args.runs).items():
        found = [read_choices(folder) for folder in folders]
        columns = [mean_and_std([f[figure] for f in found]) for figure in CHOICES]
        each = ' '.join(f'{100 * f[CHOICES[0]]:.1f}' for f in found)
        table.add_row(name, *columns, each)
    show_table(table)
    return []


def report_reliability(args: argparse.Namespace) -> list[Path]:
    """Predict the test list again and again; --cfg-options names another list."""
    parts = ('model', 'train_dataloader', 'test_dataloader')
    cfg = read_config(args.config, parts, args.cfg_options)
    cfg.load_from = args.checkpoint
    cfg.work_dir = str(args.out / 'log')
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    predictions = predict(runner, args.times, args.seed)
    summary = summarise(predictions)
    plot_reliability(predictions, str(args.checkpoint), args.out / 'reliability.png')
    (args.out / 'reliability.json').write_text(json.dumps(summary, indent=2))
    table = Table('figure', 'value', title=args.checkpoint)
    for name, value in summary.items():
        table.add_row(name, f'{value:.4g}')
    show_table(table)
    return [args.out / 'reliability.json', args.out / 'reliability.png']


def main() -> None:
    """Make the report that the command line names, and print what it wrote."""
    args = parse_args()
    reports = dict(
        runs=report_runs,
        classes=report_classes,
        training=report_training,
        choices=report_choices,
        reliability=report_reliability,
    )
    for path in reports[args.report](args):
        print(path)


if __name__ == '__main__':
    run_command(main)
