"""Split a clip list: make_split.py train.txt --share 5 --out data/mine [--hold-out 10].

Writes labelled_XXp.txt and unlabelled_XXp.txt (labelled_Nc.txt for --per-class N). With --hold-out,
first takes that share of the clips out as val.txt, source video by source video.
"""

import argparse
import re
from pathlib import Path

from sefar.commands import at_least, between, run_command
from sefar.datasets.clip_lists import read_clip_list
from sefar.preparation.files import write_list
from sefar.preparation.splits import hold_out, split_labelled


def pattern(text: str) -> re.Pattern:
    """Compile a regular expression of the command line."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f'{text!r} is no regular expression: {error}') from error


def main() -> None:
    """Parse the command line and split."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('list', type=Path, help='clip list: path label')
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument('--share', type=between(0, 100), help='labelled share in percent')
    amount.add_argument('--per-class', type=at_least(1), help='labelled clips of each class')
    parser.add_argument(
        '--at-least', type=at_least(0), default=1, help='labelled clips per class, at least'
    )
    parser.add_argument('--hold-out', type=between(0, 100), help='share for val.txt in percent')
    parser.add_argument(
        '--source', type=pattern, help="regular expression of the source video's name in a path"
    )
    parser.add_argument('--out', type=Path, required=True, help='folder to write')
    parser.add_argument('--seed', type=at_least(0), default=0, help='same seed, same split')
    args = parser.parse_args()
    if args.source is not None and args.hold_out is None:
        parser.error('--source is for --hold-out')
    if args.at_least != 1 and args.per_class is not None:
        parser.error('--at-least is for --share')
    clips = [(entry.path, entry.label) for entry in read_clip_list(str(args.list))]
    lists = {}
    if args.hold_out is not None:
        clips, lists['val'] = hold_out(clips, args.hold_out / 100, args.seed, args.source)
    share = None if args.share is None else args.share / 100
    tag = f'{args.per_class}c' if args.share is None else f'{args.share:02g}p'
    lists[f'labelled_{tag}'], lists[f'unlabelled_{tag}'] = split_labelled(
        clips, args.seed, share, args.per_class, args.at_least
    )
    if args.list.resolve() in {(args.out / f'{name}.txt').resolve() for name in lists}:
        raise ValueError(f'{args.list}: would be overwritten; give another --out')
    args.out.mkdir(parents=True, exist_ok=True)
    for name, part in lists.items():
        write_list(args.out / f'{name}.txt', part)
        classes = len({label for _, label in part})
        print(f'{len(part):6d} clips, {classes:4d} classes  {args.out / name}.txt')


if __name__ == '__main__':
    run_command(main)
