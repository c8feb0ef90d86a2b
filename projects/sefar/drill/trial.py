"""Commands tried one by one, each in a process of its own with a limit."""

import multiprocessing
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NamedTuple

from .outcome import HANDLED, Ended, outcome
from .small_disk import mount
from .world import World

FILE = 'ran_code'
"""What a hostile file makes in the folder that it is run in."""
REPORTS = ('data/check_lists', 'data/check_gym_qa')
"""Commands that are asked what is wrong."""
PRELOADED = ['sefar.drill.preloaded']


class Case(NamedTuple):
    """A bad input.

    Attributes:
        command: Name of a script in ``tools/``, such as ``data/make_lists``.
        name: What is wrong with it.
        words: Makes the input in a folder of the case's own; returns the command line's words.
        tells: What a clear message has to say, see :func:`outcome`.
        put_up_with: Whether the command is to go on.
        limit: Seconds.
        disk: Size of a disk of its own, ``disk/`` in the case's folder, such as ``'1m'``.
    """

    command: str
    name: str
    words: Callable[[World, Path], Sequence[object]]
    tells: Sequence[str]
    put_up_with: bool = False
    limit: float = 90
    disk: str = ''

    @property
    def title(self) -> str:
        """Command and name."""
        return f'{self.command}: {self.name}'


class Result(NamedTuple):
    """What became of a case."""

    case: Case
    kind: str
    ended: Ended


def try_case(case: Case, world: World, folder: Path) -> Result:
    """Run a case in a folder of its own, which is made.

    The process is a copy of one that has imported the project: a case costs what it does, not the
    seconds of an import.
    """
    folder.mkdir(parents=True)
    words = case.words(world, folder)
    script = world.project / f'tools/{case.command}.py'
    ended = run_copied(script, words, folder, folder, case.limit, case.disk)
    kind = outcome(ended, case.tells, case.put_up_with, case.command in REPORTS)
    return Result(case, kind, ended)


def run_copied(
    script: Path,
    words: Sequence[object],
    cwd: Path,
    said: Path,
    limit: float = 90,
    disk: str = '',
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Run a script in a copy of a process that has imported the project.

    Args:
        script: The script.
        words: Its command line.
        cwd: Where it runs.
        said: Folder for ``stdout`` and ``stderr``.
        limit: Seconds.
        disk: See :class:`Case`.
        env: Changes of the environment.
    """
    process = start_copied(script, words, cwd, said, disk, env)
    process.join(limit)
    status = process.exitcode
    if status is None:
        os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
    out, err = ((said / name).read_text(errors='replace') for name in ('stdout', 'stderr'))
    return Ended(status, out, err, (cwd / FILE).exists())


def start_copied(
    script: Path,
    words: Sequence[object],
    cwd: Path,
    said: Path,
    disk: str = '',
    env: Mapping[str, str] | None = None,
) -> ForkServerProcess:
    """Start what :func:`run_copied` runs; its process leads a group of its own."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(PRELOADED)
    given = (script, [str(word) for word in words], cwd, said, disk, dict(env or {}))
    process = context.Process(target=_run, args=given)
    process.start()
    return process


def train_world(world: World) -> None:
    """Train and test on the right inputs, so that there is a checkpoint to spoil.

    Raises:
        RuntimeError: the right inputs do not train.
    """
    words = dict(
        train=[world.config, '--work-dir', world.run],
        test=[world.config, world.checkpoint, '--work-dir', world.run],
    )
    for command, given in words.items():
        case = Case(command, 'right input', lambda *_, w=given: w, ['top1'], put_up_with=True)
        result = try_case(case, world, world.root / f'right_{command}')
        if result.kind != HANDLED:
            raise RuntimeError(f'{command} fails on right input: {result.ended.err[-1000:]}')


def _run(
    script: Path, words: list[str], cwd: Path, said: Path, disk: str, env: dict[str, str]
) -> None:
    os.setsid()  # its children go with it
    if disk:
        mount(cwd / 'disk', disk)
    multiprocessing.set_start_method('fork', force=True)  # as in a process of its own
    for name, number in (('stdout', 1), ('stderr', 2)):
        file = os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
    try:
        os.environ.update(env)
        os.chdir(cwd)
        sys.argv = [str(script), *words]
        runpy.run_path(str(script), run_name='__main__')
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
            status = 1
        else:
            status = int(error.code or 0)
    except BaseException:
        traceback.print_exc()
        status = 1
    else:
        status = 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
