"""``sefar COMMAND …``: the commands of tools/, from anywhere; ``sefar`` alone lists them."""

import ast
import os
import runpy
import sys
from functools import partial
from pathlib import Path

from .commands import INSTALLED, run_command


def root() -> Path:
    """Folder of ``tools/`` and ``configs/``: in an installed package, or the checkout."""
    return INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[2]


def scripts() -> dict[str, Path]:
    """Every command by its name, ``make_lists`` as ``make-lists``, but those of a checkout."""
    folders = (root() / 'tools', root() / 'tools/data')
    found = [path for folder in folders for path in sorted(folder.glob('*.*'))]
    own = {
        'setup_env',
        'run_tests',
        'test_ranges',
        'quickstart_mllm',
        'experiment',
        'make_metafile',
    }
    return {
        path.stem.replace('_', '-'): path
        for path in found
        if path.suffix in ('.py', '.sh') and path.stem not in own
    }


def about(script: Path) -> str:
    """The first line of a command's documentation."""
    text = script.read_text(encoding='utf-8')
    if script.suffix == '.py':
        return (ast.get_docstring(ast.parse(text)) or '').splitlines()[0]
    return text.splitlines()[1].lstrip('# ')


def with_config(words: list[str]) -> list[str]:
    """The words of a command, a shipped config's name in the first place as its path."""
    if not words or words[0].startswith('-') or os.path.exists(words[0]):
        return words
    name = words[0].removesuffix('.py')
    paths = list((root() / 'configs').rglob(f'{name}.py')) if name.isidentifier() else []
    # Of two with one name the one nearer to the top.
    paths.sort(key=lambda path: (len(path.parts), path))
    return [str(paths[0]), *words[1:]] if paths else words


def main(debug: bool = False) -> int:
    """Run the command that the command line names.

    Args:
        debug: Whether it is asked to show where it failed.

    Raises:
        ValueError: there is no such command.
    """
    commands = scripts()
    words = sys.argv[1:]
    if not words or words[0] in ('-h', '--help'):
        print('usage: sefar COMMAND …; sefar COMMAND --help says more\n')
        for name, script in commands.items():
            print(f'  {name:22s} {about(script)}')
        return 0
    name = words[0].replace('_', '-')
    if name not in commands:
        raise ValueError(f'no command {words[0]!r}; wanted one of {", ".join(commands)}')
    script = commands[name]
    words = with_config(words[1:])
    if script.suffix == '.sh':
        if {'-h', '--help'} & set(words):
            print(about(script))
            return 0
        # Its python and torchrun are this environment's, activated or not.
        paths = (str(Path(sys.executable).parent), os.environ.get('PATH', os.defpath))
        os.environ['PATH'] = os.pathsep.join(paths)
        os.execvp('bash', ['bash', str(script), *words])
    sys.argv = [str(script), *words, *(['--debug'] if debug else [])]
    # What it imports from beside itself is found as if it were called by its path.
    sys.path.insert(0, str(script.parent))
    runpy.run_path(str(script), run_name='__main__')
    return 0


def entry() -> None:
    """The console script."""
    run_command(partial(main, '--debug' in sys.argv))
