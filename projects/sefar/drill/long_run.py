"""What a long training holds in memory and writes to its log."""

import time
from pathlib import Path
from typing import NamedTuple

from sefar.benchmarks.pool import proportional_memory

from .kills import descendants, start
from .world import World

EPOCHS = 20
STEPS = 100


class LongRun(NamedTuple):
    """A training of ``EPOCHS * STEPS`` steps.

    Attributes:
        early: MiB of all its processes after a tenth of the steps, shared pages counted once: the
            least of the epoch, between the buffers of checkpoints that are being written.
        late: The same in the last epoch but one.
        checkpoint_early: Bytes of the checkpoint after a tenth of the steps.
        checkpoint_late: Of the last one.
        log: Bytes that the log grows by in an epoch.
    """

    early: float
    late: float
    checkpoint_early: int
    checkpoint_late: int
    log: float

    @property
    def grows(self) -> float:
        """Share by which memory has grown."""
        return self.late / self.early - 1


def train_long(world: World, work_dir: Path) -> LongRun:
    """Train for 2,000 steps with two loading workers, and look on.

    Raises:
        RuntimeError: the training fails.
    """
    run = start(
        *(world, work_dir, 2, 1),
        options=[
            *(f'train_cfg.max_epochs={EPOCHS}', f'train_dataloader.batch_sampler.steps={STEPS}'),
            *(
                'train_dataloader.persistent_workers=True',
                'default_hooks.checkpoint.max_keep_ckpts=-1',
            ),
            # From the first epoch on, so that no process comes later.
            *('train_cfg.val_interval=1', 'default_hooks.logger.interval=10'),
        ],
    )
    tenth = EPOCHS // 10
    logs: list[int] = []  # bytes of the log after each epoch
    held: dict[int, float] = {}
    while run.poll() is None:
        time.sleep(0.2)
        done = len(list(work_dir.glob('epoch_*.pth')))
        if done > len(logs):
            logs += [(work_dir / 'said').stat().st_size] * (done - len(logs))
        if done in (tenth, EPOCHS - 2):  # the last epoch's processes end on the way
            now = sum(map(_held, [run.pid, *descendants(run.pid)])) / 2**20
            held[done] = min(held.get(done, now), now)
    if run.returncode or len(held) < 2:
        raise RuntimeError(f'{work_dir}/said: the training fails')
    early, late = ((work_dir / f'epoch_{n}.pth').stat().st_size for n in (tenth, EPOCHS))
    growth = (logs[-1] - logs[tenth]) / (len(logs) - 1 - tenth)
    return LongRun(held[tenth], held[EPOCHS - 2], early, late, growth)


def _held(pid: int) -> int:
    try:
        return proportional_memory(str(pid))
    except OSError:  # it has just ended
        return 0
