"""Render SynthGym: python tools/data/make_synthgym.py --out data/synthgym."""

import argparse
from pathlib import Path

from sefar.commands import at_least, run_command
from sefar.preparation.synthgym.build import build


def percent(text: str) -> int:
    """A share of labelled clips that leaves some without a label."""
    if (share := at_least(1)(text)) >= 100:
        raise argparse.ArgumentTypeError(f'found {text}, wanted less than 100')
    return share


def main() -> None:
    """Parse the command line and render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, required=True, help='folder for clips and lists')
    parser.add_argument('--train', type=at_least(1), default=80, help='training clips per class')
    parser.add_argument('--val', type=at_least(1), default=10, help='validation clips per class')
    parser.add_argument('--test', type=at_least(1), default=25, help='test clips per class')
    parser.add_argument(
        '--rates',
        type=percent,
        nargs='+',
        default=(5, 10, 20),
        help='labelled shares in percent',
    )
    parser.add_argument('--size', type=at_least(16), default=96, help='side of the frames')
    parser.add_argument('--seed', type=at_least(0), default=0, help='same seed, same bytes')
    parser.add_argument('--workers', type=at_least(1), default=2, help='processes')
    parser.add_argument(
        '--moving-camera', action='store_true', help='held by hand, following the athlete'
    )
    args = vars(parser.parse_args())
    counts = build(**args | {'rates': tuple(args['rates'])})
    for name, count in counts.items():
        print(f'{count:6d} clips  {args["out"] / name}.txt')


if __name__ == '__main__':
    run_command(main)
