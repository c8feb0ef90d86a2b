"""Make smaller copies of all clips of a folder: resize_clips.py SRC DST [--short-side 320].

Copies keep their paths and every frame, so lists stay as they are; only data_root changes. Each is
an MP4 file under its old name, at an even rate. Copies that are there already are passed over.
Exits with 1 if a clip failed.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from sefar.commands import at_least, run_command
from sefar.preparation.files import find_clips
from sefar.preparation.resize import resize_clips
from sefar.whole_file import check_made_with


def main() -> int:
    """Parse the command line, resize and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=Path, help='folder of clips; subfolders are searched too')
    parser.add_argument('target', type=Path, help='folder of the copies')
    parser.add_argument('--short-side', type=int, default=320, help='pixels, even; default 320')
    parser.add_argument(
        '--gop', type=at_least(1), default=12, help='frames a key frame; default 12'
    )
    parser.add_argument('--workers', type=at_least(1), default=2, help='processes; default 2')
    args = parser.parse_args()
    if args.short_side < 2 or args.short_side % 2:
        parser.error('--short-side wants an even number from 2')
    if not args.source.is_dir():
        parser.error(f'{args.source}: no such folder')
    if args.source.resolve() == args.target.resolve():
        parser.error('source and target are the same folder; the originals are never overwritten')
    clips = find_clips(args.source)
    check_made_with(args.target, dict(short_side=args.short_side, gop=args.gop))
    todo = [clip for clip in clips if not (args.target / clip).is_file()]
    outcomes = Counter({'there already': len(clips) - len(todo)})
    done = resize_clips(args.source, args.target, todo, args.short_side, args.gop, args.workers)
    for clip in done:
        outcomes[clip.outcome] += 1
        if clip.reason:
            tqdm.write(f'{clip.source}: {clip.reason}', file=sys.stderr)
    print(', '.join(f'{number} {outcome}' for outcome, number in outcomes.items() if number))
    return int(outcomes['failed'] > 0)


if __name__ == '__main__':
    run_command(main)
