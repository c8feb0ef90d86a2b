"""Which perturbations keep the class? perturbations.py CONFIG --out work_dirs/perturbations.

From the labelled clips alone: networks trained on the labels of all folds but one look at the clips
of that fold, perturbed. Says how much each perturbation costs, which class turns into which, and
ends with lines for a config. Finished folds are kept; call it again after an interruption.
"""

import argparse
import json
from pathlib import Path

from mmengine.config import DictAction
from mmengine.registry import init_default_scope
from rich.table import Table

from sefar.analysis.cross_fit import cross_fit
from sefar.analysis.perturbations import EXCHANGES, Outcome, config_lines, recommend
from sefar.commands import at_least, run_command, show_table
from sefar.config_files import read_config
from sefar.mmaction_tools import brief_console


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config with labelled and unlabelled clips')
    parser.add_argument('--out', type=Path, required=True, help='folder of lists, runs and results')
    parser.add_argument('--folds', type=at_least(2), default=3, help='default 3')
    parser.add_argument(
        '--draws', type=at_least(1), default=3, help='random draws of a clip; default 3'
    )
    parser.add_argument('--seed', type=at_least(0), default=0, help='of folds, trainings and draws')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    return parser.parse_args()


def main() -> None:
    """Train the folds, predict, recommend."""
    args = parse_args()
    parts = ('model', 'train_dataloader', 'test_dataloader')
    cfg = read_config(args.config, parts, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    brief_console()
    classes = cfg.test_dataloader.dataset.num_classes
    labels, fold, probs = cross_fit(cfg, args.out, args.folds, args.draws, args.seed)
    found = {name: said.argmax(-1) for name, said in probs.items()}
    said = recommend(labels, fold, found, classes)
    table = Table(
        'perturbation', 'right %', 'change', '90 % interval', 'classes that turn',
        title=f'{len(labels)} labelled clips, cross-fitted in {args.folds} folds',
    )  # fmt: skip

    def row(name: str, outcome: Outcome, turns: dict) -> None:
        listed = ', '.join(f'{a} to {b}' for a, b in turns.items())
        table.add_row(
            name, f'{100 * outcome.accuracy:.1f}', f'{100 * outcome.change:+.1f}',
            f'{100 * outcome.low:+.1f} to {100 * outcome.high:+.1f}', listed,
        )  # fmt: skip

    for name, outcome in said['outcomes'].items():
        row(name, outcome, outcome.turns)
    for name in EXCHANGES:
        label_map, outcome = said['exchanges'][name]
        row(f'{name}, classes exchanged', outcome, {a: b for a, b in label_map.items() if a < b})
    show_table(table)
    lines = config_lines(said)
    (args.out / 'recommended.txt').write_text('\n'.join(lines) + '\n')
    (args.out / 'perturbations.json').write_text(json.dumps(said, indent=2))
    print('\n'.join(lines))


if __name__ == '__main__':
    run_command(main)
