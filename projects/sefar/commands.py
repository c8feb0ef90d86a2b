"""What the commands of tools/ share: how they fail, and how they and runs are named."""

import argparse
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

INSTALLED = Path(__file__).parent / '.mim'
"""Folder of ``tools/`` and ``configs/`` in an installed package; a checkout has none."""
MISTAKES = (OSError, ValueError, RuntimeError, ImportError, FloatingPointError)


def run_command(main: Callable[[], int | None]) -> None:
    """Run a command and exit; a mistake is one line on stderr and exit status 1.

    ``--debug``, anywhere on the command line, shows where it happened.

    Args:
        main: Parses the command line and works; returns the exit status, none for 0.
    """
    debug = wants_debugging()
    try:
        status = main()
    except Exception as error:
        print(f'{Path(sys.argv[0]).stem}: {reason_of(error)}', file=sys.stderr)
        if debug:
            traceback.print_exc()
        status = 1
    sys.exit(status)


def wants_debugging() -> bool:
    """Take ``--debug`` out of the command line."""
    found = '--debug' in sys.argv
    sys.argv[:] = [word for word in sys.argv if word != '--debug']
    return found


def reason_of(error: BaseException) -> str:
    """An error on one line; what no one foresaw says its type, and how to see more."""
    text = as_called(' '.join(str(error).split()))
    if text.startswith('DataLoader worker'):
        text += '; what it said is above; if nothing, memory ran out: take fewer num_workers'
    if isinstance(error, MISTAKES):
        return text or type(error).__name__
    if isinstance(error, KeyError) and 'registry' in text:  # an unknown `type` of a config
        return text
    return f'{type(error).__name__}: {text or "no more is known"}; --debug shows where'


def as_called(text: str) -> str:
    """Text with commands as they are called here: ``tools/test.py``; installed, ``sefar test``."""

    def name(found: re.Match) -> str:
        is_ours = (INSTALLED / found['path']).is_file()
        return f'sefar {found["name"].replace("_", "-")}' if is_ours else found[0]

    path = r'(?<![\w/.-])(?:python |bash )?(?P<path>tools/(?:data/)?(?P<name>\w+)\.(?:py|sh))'
    return re.sub(path, name, text)


def show_table(table: 'Table') -> None:
    """Print a table: at a terminal within its width, elsewhere as wide as its cells are."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:  # rich would cut it at 80 columns
        wide = console.options.update(max_width=10_000)
        console.width = console.measure(table, options=wide).maximum
    console.print(table)


def last_line_of(error: BaseException) -> str:
    """What a decoder says of a clip, after its trace; the error's type if it says nothing."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def at_least(lowest: int) -> Callable[[str], int]:
    """A type for ``argparse``: whole numbers from ``lowest``."""

    def number(text: str) -> int:
        if not re.fullmatch(r'[+-]?\d+', text) or int(text) < lowest:
            raise argparse.ArgumentTypeError(f'found {text}, wanted a whole number from {lowest}')
        return int(text)

    return number


def between(lowest: float, highest: float) -> Callable[[str], float]:
    """A type for ``argparse``: numbers above ``lowest`` and below ``highest``."""

    def number(text: str) -> float:
        try:
            inside = lowest < float(text) < highest
        except ValueError:
            inside = False
        if not inside:
            wanted = f'wanted a number above {lowest:g}' + (
                f' and below {highest:g}' if highest < float('inf') else ''
            )
            raise argparse.ArgumentTypeError(f'found {text}, {wanted}')
        return float(text)

    return number


def named_folders(words: Sequence[str]) -> dict[str, list[Path]]:
    """Read ``NAME=DIR[,DIR…]`` words of a command line; several folders are seeds of one name.

    Raises:
        ValueError: a word is malformed, or a name stands twice.
    """
    named: dict[str, list[Path]] = {}
    for word in words:
        name, _, folders = word.partition('=')
        paths = [Path(folder) for folder in folders.split(',') if folder]
        if not name or not paths:
            raise ValueError(f'found {word!r}, wanted NAME=DIR[,DIR…]')
        if again := [path for path in paths if paths.count(path) > 1]:
            raise ValueError(f'{word!r}: {again[0]} stands twice; seeds are runs of their own')
        if name in named:
            raise ValueError(f'{word!r}: the name {name!r} stands twice; give each run its own')
        named[name] = paths
    return named
