"""Measure speed and memory; docs/performance.md explains the figures.

python tools/benchmark.py {labelling,step,data,pool,checks,page} … [--json]
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from mmengine.config import DictAction
from rich.table import Table

from sefar.benchmarks.data import benchmark_data
from sefar.benchmarks.page import benchmark_page
from sefar.benchmarks.pool import benchmark_checks, benchmark_pool
from sefar.benchmarks.ranks import benchmark_ranks
from sefar.benchmarks.step import benchmark_labelling, benchmark_step
from sefar.commands import at_least, run_command, show_table
from sefar.config_files import read_config


def parse_args() -> argparse.Namespace:
    """One sub-command a measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)

    def add(
        name: str, help_: str, repeats: int | None, config: str | None = None
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_, description=help_)
        if config:
            command.add_argument('config', nargs='?', default=config, help=f'default {config}')
            command.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value')
        if repeats:
            command.add_argument(
                '--repeats', type=at_least(1), default=repeats, help=f'default {repeats}'
            )
        command.add_argument('--json', action='store_true', help='print JSON instead of a table')
        return command

    tiny = 'configs/sefar/sefar_synthgym_10p.py'
    for name, help_ in (
        ('labelling', 'U predictions of the network that labels against one'),
        ('step', 'a training step: time, rate, memory, parts'),
    ):
        command = add(name, help_, 10, tiny)
        command.add_argument('--device', choices=('cpu', 'cuda'), default='cpu')
        command.add_argument('--amp', action='store_true', help='bfloat16 mixed precision')
    command.add_argument(
        '--against', choices=('released',), help='the released loop, transcribed plainly, in turns'
    )
    command.add_argument(
        '--ranks', type=at_least(2), help='a step among ranks against the same one alone'
    )
    command = add(
        'data', 'decoding and both views against the released way; decoders', 3,
        'configs/sefar/sefar_b_gym99_5p.py',
    )  # fmt: skip
    command.add_argument(
        '--list',
        type=Path,
        help='clip list, paths relative to its folder; default: 20 unlabelled clips of the config',
    )
    command.add_argument('--cache', action='store_true', help='read from a frame cache too')
    pool = add('pool', 'a large unlabelled list: loading, memory, cost of an epoch', 5)
    pool.add_argument('--workers', type=at_least(1), default=4, help='default 4')
    checks = add('checks', 'what is looked at before a run, on as many files as a pool has', None)
    for command in (pool, checks):
        command.add_argument('--clips', type=at_least(1), default=10**6, help='default 1,000,000')
        command.add_argument('--labelled', type=at_least(1), default=10_000, help='default 10,000')
    command = add('page', 'the page on a run of many clips: what its answers take', 20)
    command.add_argument('--clips', type=at_least(1), default=10_000, help='default 10,000')
    args = parser.parse_args()
    if args.command == 'step' and args.ranks and args.against:
        parser.error('--ranks and --against: are two measurements; give one')
    return args


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Run the sub-command."""
    if args.command == 'checks':
        return benchmark_checks(args.clips, args.labelled)
    if args.command == 'pool':
        return benchmark_pool(args.clips, args.labelled, args.workers, args.repeats)
    if args.command == 'page':
        return benchmark_page(args.clips, args.repeats)
    parts = ('model', 'train_dataloader', 'test_dataloader')
    cfg = read_config(args.config, parts, args.cfg_options)
    if args.command == 'data':
        return benchmark_data(cfg, args.list, args.repeats, args.cache)
    if args.command == 'labelling':
        return benchmark_labelling(cfg, args.device, args.amp, args.repeats)
    if args.ranks:
        return benchmark_ranks(cfg, args.device, args.amp, args.repeats, args.ranks)
    return benchmark_step(cfg, args.device, args.amp, args.repeats, args.against == 'released')


def rows(figures: dict[str, Any], prefix: str = '') -> list[tuple[str, str]]:
    """Figures as (name, value), nested ones under their parent's name."""
    found: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            found += rows(value, f'{prefix}{name}: ')
        elif isinstance(value, list):
            found.append((prefix + name, ' to '.join(f'{v:,.4g}' for v in value)))
        else:
            text = f'{value:,.4g}' if isinstance(value, float) else f'{value}'
            found.append((prefix + name, text))
    return found


def main() -> int:
    """Measure and print."""
    args = parse_args()
    with contextlib.redirect_stdout(sys.stderr):  # where libraries may log
        result = measure(args)
    if args.json:
        print(json.dumps(result, indent=2))
        return 0
    table = Table('figure', 'value', title=f'benchmark {args.command}')
    for row in rows(result):
        table.add_row(*row)
    show_table(table)
    return 0


if __name__ == '__main__':
    run_command(main)
