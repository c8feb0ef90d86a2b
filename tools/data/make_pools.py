"""Write a data set's lists with another unlabelled pool: make_pools.py FOLDER --out FOLDER.

With --known 12 --foreign 30, clips of classes from 12 on are foreign: 30 % of the pool, without a
label, and gone from all other lists. With --imbalance 20 the pool's last class has a twentieth of
the clips of its first. Lists named unlabelled*.txt are pools; they need hidden labels.
"""

import argparse
from pathlib import Path

from sefar.commands import at_least, between, run_command
from sefar.preparation.pools import write_pools


def main() -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('folder', type=Path, help='lists, in its draw_* too')
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument('--foreign', type=between(0, 100), help='foreign clips in percent')
    kind.add_argument('--imbalance', type=between(1, 1e6), help='first class to last, in clips')
    parser.add_argument('--known', type=at_least(1), help='classes that are labelled: the first')
    parser.add_argument('--out', type=Path, required=True, help='folder to write')
    parser.add_argument('--seed', type=at_least(0), default=0, help='same seed, same pools')
    args = parser.parse_args()
    if (args.known is None) != (args.foreign is None):
        parser.error('--known and --foreign go together')
    share = None if args.foreign is None else args.foreign / 100
    made = write_pools(args.folder, args.out, args.seed, args.known, share, args.imbalance)
    for path, count in made.items():
        print(f'{count:6d} clips  {path}')


if __name__ == '__main__':
    run_command(main)
