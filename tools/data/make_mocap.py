"""Lists of the mocap gestures for several draws of the labels: make_mocap.py MOCAP [--out DIR].

Draw 0 is the data set's own, the others label as many clips of each class. val_XXp.txt is a
fifth of the labelled clips, held out, and kept_XXp.txt the rest.
"""

import argparse
from collections import Counter
from pathlib import Path

from sefar.commands import at_least, run_command
from sefar.preparation.mocap import make_mocap


def main() -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('mocap', type=Path, help='folder of mocap_gestures')
    parser.add_argument('--out', type=Path, default=Path('data/mocap'), help='default data/mocap')
    parser.add_argument('--draws', type=at_least(1), default=3, help='default 3')
    args = parser.parse_args()
    written = make_mocap(args.mocap, args.out, args.draws)
    for name, number in Counter(path.parent.relative_to(args.out) for path in written).items():
        print(f'{number:3d} lists  {args.out / name}')


if __name__ == '__main__':
    run_command(main)
