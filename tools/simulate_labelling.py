"""Which clips are worth labels? simulate_labelling.py CONFIG --count 72 --rounds 2 --seeds 0 1 2.

The unlabelled list's hidden labels answer. Prints and writes the accuracy of networks trained on
the labels alone after each round, for each strategy of label_next.py. Finished rounds are kept.
"""

import argparse
import json
from pathlib import Path

from mmengine.config import DictAction
from mmengine.registry import init_default_scope
from rich.table import Table

from sefar.analysis.report import mean_and_std
from sefar.commands import at_least, run_command, show_table
from sefar.config_files import read_config
from sefar.experiments.labelling import simulate
from sefar.inference.label_next import STRATEGIES
from sefar.mmaction_tools import brief_console


def main() -> None:
    """Simulate every strategy and seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config whose unlabelled list hides labels')
    parser.add_argument('--out', type=Path, required=True, help='folder of rounds and results')
    parser.add_argument('--count', type=at_least(1), required=True, help='clips to label each time')
    parser.add_argument('--rounds', type=at_least(1), default=2, help='default 2')
    parser.add_argument('--seeds', type=at_least(0), nargs='+', default=(0, 1, 2), help='seeds')
    parser.add_argument('--strategies', nargs='+', choices=STRATEGIES, default=STRATEGIES)
    parser.add_argument('--draws', action='store_true', help='each seed has its draw of the labels')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    brief_console()
    found: dict[str, list[list[dict]]] = {name: [] for name in args.strategies}
    for seed in args.seeds:
        for strategy in args.strategies:
            draw = {'train_dataloader.dataset.draw': seed} if args.draws else {}
            parts = ('model', 'train_dataloader', 'test_dataloader')
            cfg = read_config(args.config, parts, draw | (args.cfg_options or {}))
            init_default_scope(cfg.get('default_scope', 'mmaction'))
            rounds = simulate(cfg, args.out, strategy, args.rounds, args.count, seed)
            found[strategy].append(rounds)
    labels = [each['labels'] for each in found[args.strategies[0]][0]]
    table = Table(
        'strategy', *(f'{number} labels' for number in labels), title='top-1 %, test list'
    )
    for strategy, seeds in found.items():
        means = (mean_and_std([r['top1'] for r in each]) for each in zip(*seeds, strict=True))
        table.add_row(strategy, *means)
    show_table(table)
    (args.out / 'labelling.json').write_text(json.dumps(found, indent=1))
    print(args.out / 'labelling.json')


if __name__ == '__main__':
    run_command(main)
