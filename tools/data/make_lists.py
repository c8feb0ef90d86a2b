"""Lists and a config for your own clips: make_lists.py CLIPS LABELS.csv --out data/mine.

Call it again with more tables when there are more labels: the test list stays, new classes are
appended, recipe, size and groups stay, and what you have edited is left alone.
"""

import argparse
from pathlib import Path

from sefar.commands import as_called, at_least, run_command
from sefar.preparation.own_config import SIZES, SMALL, recipes
from sefar.preparation.own_lists import make_lists

BASE = Path(__file__).resolve().parents[2] / 'configs/sefar/_base_'


def main() -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('clips', type=Path, help='folder of videos, or of folders of frames')
    parser.add_argument(
        'labels', type=Path, nargs='+', help='tables of clip,label or clip,label,start,end'
    )
    parser.add_argument('--out', type=Path, required=True, help='folder for lists and config')
    parser.add_argument(
        '--recipe',
        choices=recipes(BASE),
        help='gradients, started: small, without composites (docs/own_data.md); default small, or '
        'as it was',
    )
    parser.add_argument(
        '--size',
        type=int,
        choices=SIZES,
        help='pixels of the small ones; 112 takes 3 x as long; default 64, or as it was',
    )
    parser.add_argument('--test-share', type=float, default=0.3, help='labelled share to test on')
    parser.add_argument('--group-by', metavar='COLUMN', help='never part a group; or "folder"')
    parser.add_argument('--seed', type=at_least(0), default=0, help='same seed, same lists')
    args = parser.parse_args()
    made = make_lists(
        args.clips,
        args.labels,
        args.out,
        BASE,
        args.test_share,
        args.seed,
        args.recipe,
        args.size,
        args.group_by,
    )
    for name, count in made.classes.items():
        print(f'{count:6d} labels of {name}')
    for name, count in made.counts.items():
        print(f'{count:6d} clips  {args.out / name}.txt')
    for note in made.notes:
        print(f'note: {note}')
    config = args.out / 'sefar.py'
    if made.recipe in SMALL:
        print(as_called(f'decode once: python tools/data/cache_frames.py {config}'))
    print(as_called(f'train: python tools/train.py {config}'))


if __name__ == '__main__':
    run_command(main)
