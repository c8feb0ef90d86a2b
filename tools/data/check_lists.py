"""Check clip lists: check_lists.py --labelled L.txt --unlabelled U.txt --test T.txt [--clips DIR].

Exits with 1 where there is an error, with 0 where there are warnings or nothing.
"""

import argparse
from functools import partial
from pathlib import Path

from rich.table import Table

from sefar.commands import at_least, run_command, show_table
from sefar.datasets.clip_lists import read_class_names
from sefar.preparation.check_lists import check_clips, check_lists, count_by_kind


def main() -> int:
    """Parse the command line, check and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = partial(parser.add_argument, type=Path, nargs='+', action='extend', default=[])
    for name in ('labelled', 'unlabelled'):
        add(f'--{name}', help='training lists')
    add('--test', help='validation, test lists')
    parser.add_argument('--classes', help='class names, one a line; gives the number of classes')
    parser.add_argument('--clips', type=Path, help='folder of the clips: opens each of them')
    parser.add_argument(
        '--cache',
        type=Path,
        help='JSON that remembers which clips were opened; default one for all',
    )
    parser.add_argument('--workers', type=at_least(1), default=2, help='processes that open clips')
    parser.add_argument(
        '--show', type=at_least(0), default=5, help='findings to print of each kind'
    )
    args = parser.parse_args()
    if not args.labelled + args.unlabelled + args.test:
        parser.error('give --labelled, --unlabelled or --test')
    if args.cache is not None and args.clips is None:
        parser.error('--cache remembers which clips were opened: give --clips too')
    if args.clips is not None and not args.clips.is_dir():
        parser.error(f'--clips {args.clips}: no such folder')
    names = read_class_names(args.classes) if args.classes else None
    count = len(names) if names else None
    if names:
        print(f'{args.classes}: {count} classes')
    folder = args.clips or Path()
    findings, balance = check_lists(args.labelled, args.unlabelled, args.test, count, names, folder)
    if args.clips is not None:
        findings += check_clips(list(balance), args.clips, args.cache, args.workers)
    table = Table('list', 'clips', 'classes', 'fewest', 'median', 'most', title='Clips per class')
    for path, row in balance.items():
        table.add_row(str(path), *(f'{value:.10g}' for value in row))
    show_table(table)
    for (severity, kind), count in sorted(count_by_kind(findings).items()):
        print(f'{severity}: {kind}: {count}')
        for finding in [f for f in findings if (f.severity, f.kind) == (severity, kind)][
            : args.show
        ]:
            print(f'    {finding.text}')
    if not findings:
        print('nothing to complain of')
    return int(any(finding.severity == 'error' for finding in findings))


if __name__ == '__main__':
    run_command(main)
