"""Trainings killed at random points, and gone on with."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from .world import World

STEPS = 12
"""Steps of an epoch; enough that a kill finds something to interrupt."""
WAYS = ((0, 1), (2, 1), (0, 2), (2, 2))
"""(loading workers, ranks) of the trainings, in turns."""
LONG = ('train_cfg.max_epochs=5', 'train_dataloader.batch_sampler.steps=100')
"""Options of a training of 500 steps."""
STOPS_WITHIN = 60.0
"""Seconds in which the other ranks stop when one has died."""
_BEGUN = 'Checkpoints will be saved to'


class Kill(NamedTuple):
    """What became of a training that was killed and resumed.

    Attributes:
        workers: Loading workers.
        ranks: Processes of the training.
        whole: Whether all of it was killed, and not one of its ranks.
        after: Seconds into training.
        stopped: Seconds until the rest of it had stopped.
        epochs: Checkpoints that it had written.
        differing: Tensors of weights and of the optimizer that differ from those of a training that
            nobody interrupted.
        problem: Why it did not end, if it did not.
    """

    workers: int
    ranks: int
    whole: bool
    after: float
    stopped: float
    epochs: int
    differing: int
    problem: str = ''

    @property
    def passed(self) -> bool:
        """Whether nothing of it was lost."""
        return not self.problem and not self.differing and self.stopped <= STOPS_WITHIN


def kill_trainings(
    world: World,
    folder: Path,
    number: int,
    seed: int = 0,
    ways: Sequence[tuple[int, int]] = WAYS,
    options: Sequence[str] = (f'train_dataloader.batch_sampler.steps={STEPS}',),
) -> Iterator[Kill]:
    """Kill trainings with SIGKILL at random points, resume them, and compare with undisturbed ones.

    Args:
        world: Right inputs.
        folder: For the work dirs.
        number: Of kills.
        seed: Of the points.
        ways: (Loading workers, ranks) of the trainings, in turns.
        options: Of the config; by default some 36 steps.
    """
    rng = np.random.default_rng(seed)
    undisturbed: dict[tuple[int, int], tuple[Path, float]] = {}
    for index in range(number):
        workers, ranks = way = ways[index % len(ways)]
        if way not in undisturbed:
            work_dir = folder / f'undisturbed_{workers}_{ranks}'
            run = start(world, work_dir, workers, ranks, options=options)
            began = _begun(run, work_dir)
            if run.wait() or not began:
                raise RuntimeError(f'{work_dir}: an undisturbed training fails')
            undisturbed[way] = _last(work_dir), time.monotonic() - began
        reference, seconds = undisturbed[way]
        work_dir = folder / f'killed_{index:02d}'
        after = float(rng.uniform(0, seconds))
        whole = ranks == 1 or bool(rng.integers(2))
        run = start(world, work_dir, workers, ranks, options=options)
        _begun(run, work_dir)
        time.sleep(after)
        stopped = _kill(run, whole)
        epochs = len(list(work_dir.glob('epoch_*.pth')))
        status = start(world, work_dir, workers, ranks, '--resume', options=options).wait()
        if status:
            problem = (work_dir / 'said').read_text().strip().splitlines()[-1]
            yield Kill(workers, ranks, whole, after, stopped, epochs, 0, problem)
        else:
            differing = _differing(_last(work_dir), reference)
            yield Kill(workers, ranks, whole, after, stopped, epochs, differing)


def start(
    world: World,
    work_dir: Path,
    workers: int,
    ranks: int,
    *words: str,
    options: Sequence[str],
) -> subprocess.Popen[bytes]:
    """Start a training whose console goes to ``said`` in its work dir.

    Args:
        world: Right inputs.
        work_dir: Is made.
        workers: Loading workers.
        ranks: Processes.
        words: Further ones for the command line.
        options: Of the config.
    """
    tools = world.project / 'tools'
    command = (
        [sys.executable, str(tools / 'train.py'), str(world.config)]
        if ranks == 1
        else ['bash', str(tools / 'dist_train.sh'), str(world.config), str(ranks)]
    )
    # An order of the clips that is the same however often it is resumed wants a seed.
    options = [*options, f'train_dataloader.num_workers={workers}', 'randomness.seed=1']
    work_dir.mkdir(parents=True, exist_ok=True)
    with open(work_dir / 'said', 'wb') as said:
        return subprocess.Popen(
            [*command, '--work-dir', str(work_dir), *words, '--cfg-options', *options],
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, 'OMP_NUM_THREADS': '1', 'PORT': free_port()},
            cwd=world.root,
        )


def free_port() -> str:
    """A port that nothing listens on; fixed ones collide when two runs share a machine."""
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return str(found.getsockname()[1])


def _begun(run: subprocess.Popen, work_dir: Path) -> float:
    """Wait until it trains; the time then, 0 if it ended before."""
    while run.poll() is None:
        if _BEGUN in (work_dir / 'said').read_text(errors='replace'):
            return time.monotonic()
        time.sleep(0.02)
    return 0.0


def _kill(run: subprocess.Popen, whole: bool) -> float:
    """Kill all of a training or one of its ranks; seconds until the rest had stopped."""
    family = descendants(run.pid)
    trainers = [pid for pid in family if b'train.py' in _words(pid) and pid != run.pid]
    began = time.monotonic()
    for pid in [run.pid, *family] if whole else trainers[-1:]:
        _signal(pid)
    with suppress(subprocess.TimeoutExpired):
        run.wait(STOPS_WITHIN)
    stopped = time.monotonic() - began
    for pid in [run.pid, *family]:
        _signal(pid)
    run.wait()
    return stopped


def _signal(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _words(pid: int) -> bytes:
    try:
        return Path(f'/proc/{pid}/cmdline').read_bytes()
    except OSError:
        return b''


def descendants(pid: int) -> list[int]:
    """Processes that a process started, and those that these did."""
    found: list[int] = []
    for task in Path(f'/proc/{pid}/task').glob('*/children'):
        with suppress(OSError):  # a thread may end meanwhile
            for child in task.read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def _last(work_dir: Path) -> Path:
    return Path((work_dir / 'last_checkpoint').read_text().strip())


def _differing(one: Path, other: Path) -> int:
    """Tensors of weights and of the optimizer that are not equal to the bit."""
    first, second = (
        torch.load(path, map_location='cpu', weights_only=True) for path in (one, other)
    )
    pairs = [(first['state_dict'].get(key), value) for key, value in second['state_dict'].items()]
    states = first['optimizer']['state'], second['optimizer']['state']
    for key, values in states[1].items():
        pairs += [(states[0].get(key, {}).get(name), value) for name, value in values.items()]
    return sum(a is None or not torch.equal(a, b) for a, b in pairs if isinstance(b, torch.Tensor))
