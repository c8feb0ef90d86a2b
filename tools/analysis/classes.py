"""Accuracy of each class: tools/analysis/classes.py NAME=SCORES.pkl … --classes FILE --out FOLDER.

Reads what tools/test.py --dump wrote. Writes per_class.csv, per_class.png and a confusion matrix
for each name; where there are a student and a teacher, of the teacher.
"""

import argparse
import sys
from pathlib import Path

from sefar.analysis.report import plot_confusion, plot_per_class, read_scores
from sefar.datasets.clip_lists import read_class_names


def main() -> int:
    """Read, write and plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('scores', nargs='+', help='NAME=SCORES.pkl')
    parser.add_argument('--classes', required=True, help='class names, one a line')
    parser.add_argument('--out', type=Path, required=True, help='folder to write')
    args = parser.parse_args()
    if malformed := [word for word in args.scores if '=' not in word]:
        parser.error(f'{malformed[0]!r}: wanted NAME=SCORES.pkl')
    try:
        names = read_class_names(args.classes)
        runs = {}
        for name, path in (word.split('=', 1) for word in args.scores):
            scores, labels = read_scores(Path(path))
            *_, last = scores.values()
            if last.shape[1] != len(names):
                raise ValueError(f'{path}: {last.shape[1]} classes, {args.classes}: {len(names)}')
            runs[name] = last, labels
            plot_confusion(last, labels, names, name, args.out / f'confusion_{name}.png')
        plot_per_class(runs, names, args.out / 'per_class')
    except (OSError, ValueError) as error:
        print(f'classes: {error}', file=sys.stderr)
        return 1
    for path in sorted(args.out.glob('*.*')):
        print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main())
