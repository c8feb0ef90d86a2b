"""A small language model for questions: train_language_model.py --classes C.txt --out FOLDER.

It is trained from scratch on the texts of questions, without any clip, in a minute or two.
"""

import argparse
import sys
from pathlib import Path

from sefar.datasets import read_class_names
from sefar.mllm.questions import read_hierarchy
from sefar.mllm.tiny_language_model import train_language_model


def main() -> int:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--classes', required=True, help='class names, one a line')
    parser.add_argument('--hierarchy', type=Path, help='hierarchy.csv: label, event, set')
    parser.add_argument('--out', type=Path, required=True, help='folder for the model')
    parser.add_argument('--seed', type=int, default=0, help='of weights and texts')
    parser.add_argument('--max-steps', type=int, default=4000, help='default 4000')
    args = parser.parse_args()
    try:
        classes = read_class_names(args.classes)
        hierarchy = read_hierarchy(args.hierarchy, len(classes)) if args.hierarchy else None
        share = train_language_model(classes, hierarchy, args.out, args.seed, args.max_steps)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        print(f'train_language_model: {error}', file=sys.stderr)
        return 1
    print(f'{args.out}: {share:.1%} of the last questions answered right from their texts')
    return 0


if __name__ == '__main__':
    sys.exit(main())
