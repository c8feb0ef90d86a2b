"""Check question files: check_gym_qa.py Q.json … [--list L.txt --classes C.txt].

Each file is checked by itself and against those before it. Exits with 1 where anything is found.
"""

import argparse
from pathlib import Path

from sefar.commands import at_least, run_command
from sefar.datasets import read_class_names, read_clip_list
from sefar.mllm.questions import check_questions, plain_name


def main() -> int:
    """Parse the command line, check and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('questions', type=Path, nargs='+', help='question files')
    parser.add_argument('--list', type=Path, help='clip list with the true labels')
    parser.add_argument('--classes', help='class names, one a line; goes with --list')
    parser.add_argument('--show', type=at_least(0), default=5, help='findings to print of a file')
    args = parser.parse_args()
    if (args.list is None) != (args.classes is None):
        parser.error('--list and --classes go together')
    found = 0
    truth = None
    if args.list:
        names = [plain_name(name) for name in read_class_names(args.classes)]
        truth = {
            Path(entry.path).with_suffix('').as_posix(): names[entry.label]
            for entry in read_clip_list(str(args.list), len(names))
        }
    for index, path in enumerate(args.questions):
        findings = check_questions(path, truth, args.questions[:index])
        found += len(findings)
        print(f'{path}: {len(findings)} findings')
        for finding in findings[: args.show]:
            print(f'  {finding}')
    return int(found > 0)


if __name__ == '__main__':
    run_command(main)
