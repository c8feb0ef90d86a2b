"""Accuracy of answers by run: choices.py SeFAR=test_dir_of_seed_0,test_dir_of_seed_1 Random=….

Reads what tools/test.py wrote for a question answering config; chance is 25 %.
"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sefar.analysis.report import mean_and_std

FIGURES = ('likelihood', 'generation', 'answered')


def read_choices(work_dir: Path) -> dict[str, float]:
    """Figures of the latest test in a work_dir, in [0, 1].

    Raises:
        FileNotFoundError: no test was run there.
    """
    for path in sorted(work_dir.glob('*/*.json'), reverse=True):
        figures = json.loads(path.read_text())
        if f'choice/{FIGURES[0]}' in figures:
            return {name: figures[f'choice/{name}'] for name in FIGURES}
    raise FileNotFoundError(f'{work_dir}: holds no result; run tools/test.py --work-dir {work_dir}')


def main() -> int:
    """Read the runs and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('runs', nargs='+', metavar='NAME=DIR[,DIR…]', help="tests' work_dirs")
    args = parser.parse_args()
    table = Table('', 'likelihood', 'generation', 'answered', 'runs', title='right answers, %')
    try:
        for run in args.runs:
            name, equals, folders = run.partition('=')
            if not equals:
                raise ValueError(f'found {run!r}, wanted NAME=DIR[,DIR…]')
            found = [read_choices(Path(folder)) for folder in folders.split(',')]
            columns = [mean_and_std([f[figure] for f in found]) for figure in FIGURES]
            each = ' '.join(f'{100 * f["likelihood"]:.1f}' for f in found)
            table.add_row(name, *columns, each)
    except (OSError, ValueError) as error:
        print(f'choices: {error}', file=sys.stderr)
        return 1
    Console().print(table)
    return 0


if __name__ == '__main__':
    sys.exit(main())
