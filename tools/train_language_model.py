"""A small language model for questions: train_language_model.py --classes C.txt --out FOLDER.

It is trained from scratch on the texts of questions, without any clip, in a minute or two.
"""

import argparse
from pathlib import Path

from sefar.commands import at_least, run_command
from sefar.datasets import read_class_names
from sefar.mllm.questions import read_hierarchy
from sefar.mllm.tiny_language_model import train_language_model


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--classes', required=True, help='class names, one a line')
    parser.add_argument('--hierarchy', type=Path, help='hierarchy.csv: label, event, set')
    parser.add_argument('--out', type=Path, required=True, help='folder for the model')
    parser.add_argument('--seed', type=at_least(0), default=0, help='of weights and texts')
    parser.add_argument('--max-steps', type=at_least(1), default=4000, help='default 4000')
    args = parser.parse_args()
    classes = read_class_names(args.classes)
    hierarchy = read_hierarchy(args.hierarchy, len(classes)) if args.hierarchy else None
    try:
        share = train_language_model(classes, hierarchy, args.out, args.seed, args.max_steps)
    except ValueError as error:
        raise ValueError(f'{args.classes}: {error}') from error
    print(f'{args.out}: {share:.1%} of the last questions answered right from their texts')


if __name__ == '__main__':
    run_command(main)
