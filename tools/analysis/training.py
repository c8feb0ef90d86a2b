"""Weight and pseudo labels over training: tools/analysis/training.py NAME=DIR … --out FILE.png."""

import argparse
import sys
from pathlib import Path

from sefar.analysis.pseudo_labels import plot_training


def main() -> int:
    """Plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('runs', nargs='+', help='NAME=DIR, work dirs')
    parser.add_argument('--out', type=Path, required=True, help='PNG to write')
    args = parser.parse_args()
    if malformed := [run for run in args.runs if '=' not in run]:
        parser.error(f'{malformed[0]!r}: wanted NAME=DIR')
    try:
        pairs = (run.split('=', 1) for run in args.runs)
        plot_training({name: Path(path) for name, path in pairs}, args.out)
    except (OSError, ValueError) as error:
        print(f'training: {error}', file=sys.stderr)
        return 1
    print(args.out)
    return 0


if __name__ == '__main__':
    sys.exit(main())
