"""Turn a public data set into clip lists: python tools/data/prepare.py SOURCE --help.

Writes train.txt, test.txt, classes.txt, hierarchy.csv (event and set of FineGym's and FineDiving's
classes), a link `videos` to the clips, and for each of --rates a labelled and an unlabelled list.
Clips that are not there (videos vanish) are left out and counted.
"""

import argparse
from pathlib import Path

from rich.table import Table

from sefar.commands import at_least, run_command, show_table
from sefar.preparation.sources import (
    Scope,
    Summary,
    coarse,
    finediving,
    finegym,
    released,
    write_scope,
)


def parse_args() -> argparse.Namespace:
    """Read the command line: one subcommand a source."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sources = parser.add_subparsers(dest='source', required=True, metavar='SOURCE')

    def add(name: str, about: str, rates: tuple[float, ...]) -> argparse.ArgumentParser:
        source = sources.add_parser(
            name,
            help=about,
            description=about,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        source.add_argument('--annotations', type=Path, required=True, help='official files')
        source.add_argument('--clips', type=Path, required=True, help='folder of the clips')
        source.add_argument('--out', type=Path, required=True, help='folder to write')
        if rates:
            source.add_argument(
                '--rates', type=float, nargs='*', default=rates, help='labelled shares in percent'
            )
            source.add_argument('--seed', type=at_least(0), default=0, help='same seed, same split')
        return source

    gym = add('finegym', 'FineGym: Gym99, Gym288, events, sets, Gym-New', (5, 10, 20))
    gym.add_argument('--scope', choices=finegym.SCOPES, default='gym99', help='part of FineGym')
    diving = add('finediving', 'FineDiving: all, 10m platform, 5253B', (1, 3, 5, 7, 10, 20))
    diving.add_argument('--scope', choices=finediving.SCOPES, default='all', help='part of it')
    for name, rates in (('ucf101', (1, 5, 10)), ('hmdb51', (40, 50))):
        coarse_set = add(name, f'{name} in its official layout', rates)
        coarse_set.add_argument('--split', type=int, choices=(1, 2, 3), default=1, help='split')
    add('ssv2', 'Something-Something V2', (5, 10))
    lists = add('released', 'lists that the authors of SeFAR released, every line of them', ())
    lists.add_argument('--rate', type=float, required=True, help='their labelled share in percent')
    lists.add_argument('--prefix', required=True, help='folder that their paths begin with')
    return parser.parse_args()


def read(args: argparse.Namespace) -> Scope:
    """Read the scope that the command line names."""
    if args.source == 'finegym':
        return finegym.read_scope(args.annotations, args.scope)
    if args.source == 'finediving':
        return finediving.read_scope(args.annotations, args.scope)
    if args.source == 'ucf101':
        return coarse.read_ucf101(args.annotations, args.split)
    if args.source == 'hmdb51':
        return coarse.read_hmdb51(args.annotations, args.split)
    if args.source == 'ssv2':
        return coarse.read_ssv2(args.annotations)
    return released.read_released(args.annotations, args.prefix, args.rate)


def report(summary: Summary, out: Path) -> None:
    """Print what was written and what is missing."""
    table = Table('list', 'clips', 'missing', title=str(out))
    for name, count in summary.counts.items():
        table.add_row(f'{name}.txt', str(count), str(sum(summary.missing.get(name, {}).values())))
    show_table(table)
    if not any(sum(missing.values()) for missing in summary.missing.values()):
        return
    table = Table('class', *(f'{name}: missing' for name in summary.missing), title='Missing clips')
    for label, name in enumerate(summary.classes):
        counts = [missing[label] for missing in summary.missing.values()]
        if any(counts):
            table.add_row(name, *map(str, counts))
    show_table(table)


def main() -> None:
    """Read, write and report."""
    args = parse_args()
    rates, seed = getattr(args, 'rates', ()), getattr(args, 'seed', 0)
    report(write_scope(read(args), args.clips, args.out, rates, seed), args.out)


if __name__ == '__main__':
    run_command(main)
