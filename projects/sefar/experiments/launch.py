"""Starting of runs, here or by SLURM; the training itself is ``tools/train.py``."""

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import torch

from sefar.machine import machine

from .collect import collect
from .plan import Run, facts_of


class Launcher(NamedTuple):
    """How runs are started.

    Attributes:
        gpus: Processes a run; above 1 it goes through ``tools/dist_train.sh``, that is torchrun.
        jobs: Runs at a time on this machine.
    """

    gpus: int = 1
    jobs: int = 1

    def command(self, run: Run) -> str:
        """The shell command of a run: train (or resume), then test the last checkpoint."""
        folder, config = shlex.quote(str(run.work_dir)), shlex.quote(run.config)
        options = f' --cfg-options {shlex.join(run.options)}' if run.options else ''
        python = shlex.quote(sys.executable)
        train = f'{python} tools/train.py {config}'
        if self.gpus > 1:
            # Two jobs may come to one node, and torchrun's port is one.
            port = 12000 + zlib.crc32(str(run.work_dir).encode()) % 20000
            train = f'PORT={port} bash tools/dist_train.sh {config} {self.gpus} --auto-scale-lr'
        return (
            f'{train} --work-dir {folder} --seed {run.seed} --resume{options} && '
            f'{python} tools/test.py {config} "$(cat {folder}/last_checkpoint)" '
            f'--work-dir {folder}/test{options}'
        )


def commit() -> str:
    """The commit that the project folder is at, with ``+`` where it was changed since."""
    try:
        words = ['git', 'describe', '--always', '--dirty=+', '--abbrev=7', '--exclude=*']
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'


def _describe(run: Run, **known: str) -> None:
    """Write ``run.json``; a resumed run keeps the commit that it began with."""
    run.work_dir.mkdir(parents=True, exist_ok=True)
    path = run.work_dir / 'run.json'
    if not path.exists():
        facts = facts_of(run) | dict(commit=commit()) | known
        path.write_text(json.dumps(facts, indent=2))


def _gpu_of(slot: int) -> dict[str, str]:
    """The environment of one of several runs at a time: each has a GPU of its own, by turns."""
    count = torch.cuda.device_count()
    visible = os.environ.get('CUDA_VISIBLE_DEVICES') or ','.join(map(str, range(count)))
    return {'CUDA_VISIBLE_DEVICES': visible.split(',')[slot % count]} if count > 1 else {}


def start(run: Run, launcher: Launcher, slot: int = 0) -> subprocess.Popen | None:
    """Start a run, with its output in ``output.log``, in a process group of its own.

    Args:
        run: To start.
        launcher: How.
        slot: Its place among the runs of a time, from 0.

    Returns:
        The process, which holds the folder's ``lock`` while any of its children lives; ``None``
        where another call's process holds it.
    """
    _describe(run, machine=machine('cuda' if torch.cuda.is_available() else 'cpu'))
    with (
        open(run.work_dir / 'output.log', 'ab') as log_file,
        open(run.work_dir / 'lock', 'ab') as lock,
    ):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return subprocess.Popen(
            launcher.command(run),
            shell=True,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
            env=os.environ | (_gpu_of(slot) if launcher.gpus == 1 else {}),
        )


def submit(run: Run, launcher: Launcher, options: str) -> bool:
    """Hand a run to SLURM, which schedules it; one that is still queued or running is left alone.

    Args:
        run: To submit.
        launcher: How it is started there.
        options: Of ``sbatch``, as on its command line.

    Returns:
        Whether it was submitted.

    Raises:
        OSError: there is no ``sbatch``, or it failed.
    """
    job = run.work_dir / 'job.txt'
    if job.is_file():
        query = ['squeue', '--noheader', f'--jobs={job.read_text()}']
        found = subprocess.run(query, capture_output=True, text=True)
        if found.returncode and 'Invalid job id' not in found.stderr:  # SLURM forgets what ended
            raise OSError(f'squeue: {found.stderr.strip()}')
        if found.stdout.strip():
            return False
    _describe(run)
    words = ['sbatch', '--parsable', f'--job-name={run.row}, seed {run.seed}']
    words += [f'--output={run.work_dir}/output.log', *shlex.split(options)]
    done = subprocess.run(
        [*words, f'--wrap={launcher.command(run)}'], capture_output=True, text=True
    )
    if done.returncode:
        raise OSError(f'sbatch: {done.stderr.strip()}')
    job.write_text(done.stdout.strip().split(';')[0])
    return True


@contextmanager
def _ending(active: dict[Run, subprocess.Popen]) -> Iterator[None]:
    """End what is active with the caller, whom a ``kill`` or a closed terminal stops like Ctrl-C.

    Under ``nohup`` a closed terminal stays without effect.
    """

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for process in active.values():
            # The shell's children too: a training that goes on would be started a second time.
            os.killpg(process.pid, signal.SIGTERM)
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def execute(
    runs: Sequence[Run], launcher: Launcher, interval: float = 1.0
) -> Iterator[tuple[Run, int] | None]:
    """Run what is not finished, ``launcher.jobs`` at a time; one failure stops no other run.

    A run that another call is at is waited for.

    Args:
        runs: To run.
        launcher: How.
        interval: Seconds between two looks at them.

    Yields:
        Each run and its exit status as it ends, and ``None`` after each look.
    """
    waiting = [run for run in runs if collect(run) is None]
    active: dict[Run, subprocess.Popen] = {}
    slots: dict[Run, int] = {}
    with _ending(active):
        while waiting or active:
            elsewhere = []
            while waiting and len(active) < launcher.jobs:
                run = waiting.pop(0)
                if collect(run) is not None:
                    yield run, 0
                    continue
                taken = {slots[other] for other in active}
                slots[run] = min(set(range(launcher.jobs)) - taken)
                if (process := start(run, launcher, slots[run])) is not None:
                    active[run] = process
                else:
                    elsewhere.append(run)
            waiting += elsewhere
            for run in [run for run, process in active.items() if process.poll() is not None]:
                status = active.pop(run).returncode
                if status == 0:
                    collect(run)
                yield run, status
            yield None
            time.sleep(interval)
