"""MMAction2's own command line tools, with a console that shows what a person reads."""

import argparse
import functools
import logging
import os
import os.path as osp
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmaction
from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger
from mmengine.runner import Runner

from .commands import run_command
from .config_files import check_config_file
from .config_values import check_words

LONG = 6
"""Lines of a message that the console still shows whole."""


class BriefFormatter(logging.Formatter):
    """Show the title of a long message; the log file keeps all of it.

    The environment, the whole config and the list of hooks are hundreds of lines, before which the
    first step scrolls away. Warnings and errors stay whole.

    Args:
        inner: The formatter that it stands for.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Format a record, shortened where it is long."""
        text = self.inner.format(record)
        lines = text.splitlines()
        if len(lines) <= LONG or record.levelno >= logging.WARNING:
            return text
        head = text[: text.index(record.getMessage())]
        body = (line.strip() for line in record.getMessage().splitlines())
        title = next((line for line in body if any(map(str.isalnum, line))), '').rstrip(':')
        return f'{head}{title}: {len(lines)} lines, in the log file'


def concerns_a_user(record: logging.LogRecord) -> bool:
    """Whether a message is for the console.

    MMEngine's own deprecations are not, nor the run's name, which it repeats each epoch.
    """
    text = record.getMessage()
    return 'deprecated in future' not in text and not text.startswith('Exp name: ')


def run_mmaction_tool(name: str) -> None:
    """Run MMAction2's own ``tools/<name>.py`` with this process's command line.

    Exits as :func:`.commands.run_command` does.

    Raises:
        FileNotFoundError: mmaction2 was not installed as a wheel, so its tools are elsewhere.
    """
    path = osp.join(osp.dirname(mmaction.__file__), '.mim', 'tools', f'{name}.py')
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'{path}: MMAction2 ships its tools in its wheel only; install it by '
            '`pip install mmaction2`, or call the tools of your source checkout'
        )
    work_dirs = brief_console()

    def run() -> int:
        words = sys.argv[1:]
        if words and not words[0].startswith('-'):
            check_config_file(words[0])
        check_words(_options(words))
        check_seed_and_folder(words)
        if '--deterministic' in words:  # what torch 2.7 to 2.9 want on a GPU
            os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
        if words and not words[0].startswith('-'):
            sys.argv[1:] = either_resumes_or_loads(words)
        try:
            runpy.run_path(path, run_name='__main__')
        except KeyboardInterrupt:
            return interrupted(work_dirs)
        return 0

    run_command(run)


def _options(words: Sequence[str]) -> list[str]:
    """The words of ``--cfg-options``."""
    found: list[str] = []
    given = False
    for word in words:
        if word.startswith('--'):
            name, _, first = word.partition('=')
            # As argparse takes it, shortened too.
            given = len(name) > 2 and '--cfg-options'.startswith(name)
            found += [first] if given and first else []
        elif given:
            found.append(word)
    return found


def check_seed_and_folder(words: Sequence[str]) -> None:
    """A run has one seed and one work dir.

    Raises:
        ValueError: ``--seed`` and an option name different seeds, of which MMAction2 takes the
            option's; or the work dir is an empty word, such as a variable that is not set.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--seed')
    parser.add_argument('--work-dir')
    args, _ = parser.parse_known_args(words)
    if args.work_dir == '':
        raise ValueError('--work-dir: found an empty word, wanted a folder')
    seeds = [word for word in _options(words) if word.startswith('randomness.seed=')]
    if args.seed is not None and any(word != f'randomness.seed={args.seed}' for word in seeds):
        raise ValueError(f'--seed {args.seed} and --cfg-options {seeds[-1]}: give one of them')


def either_resumes_or_loads(words: Sequence[str]) -> list[str]:
    """A command line whose ``--resume`` and ``load_from`` do not get into each other's way.

    To MMAction2 a bare ``--resume`` forgets the config's ``load_from``, also where there is nothing
    to resume yet, and resumes from that of ``--cfg-options``. A job that is always started with
    ``--resume`` begins with the weights that it names, and goes on from its own.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--work-dir')
    parser.add_argument('--resume', nargs='?', const='auto')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={})
    args, _ = parser.parse_known_args(words[1:])
    if args.resume != 'auto':
        return list(words)
    cfg = Config.fromfile(words[0])
    if not (args.cfg_options.get('load_from') or cfg.get('load_from')):
        return list(words)
    named = args.cfg_options.get('work_dir') or args.work_dir or cfg.get('work_dir')
    folder = Path(named or Path('work_dirs', Path(words[0]).stem))
    name = 'last_checkpoint'
    if any((*folder.glob(name), *folder.glob(f'stages/*/{name}'))):
        return ['load_from=None' if word.startswith('load_from=') else word for word in words]
    begins = [word for word in words if word != '--resume=auto']
    if '--resume' in begins:
        place = begins.index('--resume')
        del begins[place : place + 1 + (begins[place + 1 : place + 2] == ['auto'])]
    return begins


def interrupted(work_dirs: Sequence[str]) -> int:
    """Say what an interrupted run leaves behind; returns the exit status."""
    print(f'\nstopped; {Path(sys.argv[0]).stem} was interrupted', file=sys.stderr)
    # Of the latest stage that has one.
    markers = (Path(folder) / 'last_checkpoint' for folder in reversed(work_dirs))
    marker = next((path for path in markers if path.is_file()), None)
    if marker is not None:
        print(f'saved: {marker.read_text().strip()}', file=sys.stderr)
        print('to go on: the same command with --resume', file=sys.stderr)
    else:
        print('saved: no checkpoint yet', file=sys.stderr)
        print('to begin again: the same command', file=sys.stderr)
    return 130


def brief_console() -> list[str]:
    """Let all runs to come shorten long messages on the console.

    Returns:
        Work dirs of the runs to come; the list grows. It holds no runner, so that the workers and
        the memory of a stage can end with it.
    """
    build = Runner.build_logger
    work_dirs: list[str] = []

    @functools.wraps(build)
    def build_brief(self: Runner, *args: Any, **kwargs: Any) -> MMLogger:
        work_dirs.append(self.work_dir)
        logger = build(self, *args, **kwargs)
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler and handler.formatter is not None:
                handler.setFormatter(BriefFormatter(handler.formatter))
                handler.addFilter(concerns_a_user)
        return logger

    Runner.build_logger = build_brief
    return work_dirs
