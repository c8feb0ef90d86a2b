"""Questions about clips: make_gym_qa.py LIST --classes C.txt --clips DIR --out Q.json.

Multiple choice, in the format of the released Gym-QA. --hierarchy makes the wrong choices hard: of
the same set, then of the same event.
"""

import argparse
from pathlib import Path

from sefar.commands import at_least, run_command
from sefar.datasets import read_class_names, read_clip_list
from sefar.datasets.clip_lists import paths_of
from sefar.datasets.clip_parts import open_clip
from sefar.mllm.questions import PROMPT, make_questions, read_hierarchy, write_questions
from sefar.preparation.parallel import in_parallel


def count_frames(path: Path) -> int:
    """Frames of a video, or of a folder of frames."""
    reader, _ = open_clip(str(path))
    return len(reader)


def main() -> None:
    """Parse the command line, ask and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('list', type=Path, help='clip list with labels')
    parser.add_argument('--classes', required=True, help='class names, one a line')
    parser.add_argument('--clips', type=Path, required=True, help='folder of the clips')
    parser.add_argument('--out', type=Path, required=True, help='question file to write')
    parser.add_argument('--hierarchy', type=Path, help='hierarchy.csv: label, event, set')
    parser.add_argument('--prompt', default=PROMPT, help=f'default {PROMPT!r}')
    parser.add_argument('--dataset', default='finegym', help='its name; default finegym')
    parser.add_argument('--seed', type=at_least(0), default=0, help='same seed, same questions')
    parser.add_argument(
        '--workers', type=at_least(1), default=2, help='processes that count frames'
    )
    args = parser.parse_args()
    classes = read_class_names(args.classes)
    try:
        entries = read_clip_list(str(args.list), len(classes))
    except ValueError as error:
        raise ValueError(f'{error}; {args.classes} names {len(classes)} classes') from error
    hierarchy = read_hierarchy(args.hierarchy, len(classes)) if args.hierarchy else None
    paths = paths_of(args.list, entries, args.clips)
    frames = list(in_parallel(count_frames, paths, args.workers, 'frames'))
    clips = [
        (Path(entry.path).with_suffix('').as_posix(), entry.label, number)
        for entry, number in zip(entries, frames, strict=True)
    ]
    questions = make_questions(clips, classes, hierarchy, args.seed, args.prompt, args.dataset)
    write_questions(args.out, questions)
    print(f'{args.out}: {len(questions)} questions')


if __name__ == '__main__':
    run_command(main)
