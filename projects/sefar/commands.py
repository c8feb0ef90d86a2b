"""What the commands of tools/ share: how they fail, and how runs are named."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

MISTAKES = (OSError, ValueError, RuntimeError, ImportError)


def run_command(main: Callable[[], int | None]) -> None:
    """Run a command and exit; a user's mistake is one line on stderr and exit status 1.

    Args:
        main: Parses the command line and works; returns the exit status, none for 0.
    """
    try:
        status = main()
    except (*MISTAKES, KeyError) as error:
        if isinstance(error, KeyError) and 'registry' not in str(error):
            raise  # ours; MMEngine tells an unknown `type` of a config by a KeyError
        reason = ' '.join(str(error).split()) or type(error).__name__
        print(f'{Path(sys.argv[0]).stem}: {reason}', file=sys.stderr)
        status = 1
    sys.exit(status)


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
        if name in named:
            raise ValueError(f'{word!r}: the name {name!r} stands twice; give each run its own')
        named[name] = paths
    return named
