"""Lists and a config for your own clips: make_lists.py CLIPS LABELS.csv --out data/mine."""

import argparse
from pathlib import Path

from sefar.commands import run_command
from sefar.preparation.own_lists import SIZES, make_lists

BASE = Path(__file__).parents[2] / 'configs/sefar/_base_'


def main() -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('clips', type=Path, help='folder of videos')
    parser.add_argument('labels', type=Path, help='CSV of clip,label; clips relative to the folder')
    parser.add_argument('--out', type=Path, required=True, help='folder for lists and config')
    parser.add_argument('--test-share', type=float, default=0.3, help='labelled share to test on')
    parser.add_argument('--seed', type=int, default=0, help='same seed, same lists')
    parser.add_argument(
        '--size',
        type=int,
        choices=SIZES,
        default=64,
        help='pixels of a crop; 112 takes 3 x as long',
    )
    args = parser.parse_args()
    counts = make_lists(
        args.clips, args.labels, args.out, BASE, args.test_share, args.seed, args.size
    )
    for name, count in counts.items():
        print(f'{count:6d} clips  {args.out / name}.txt')
    config = args.out / 'sefar.py'
    print(f'decode once: python tools/data/cache_frames.py {config}')
    print(f'train: python tools/train.py {config}')


if __name__ == '__main__':
    run_command(main)
