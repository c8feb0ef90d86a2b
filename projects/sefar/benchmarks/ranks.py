"""The training step among several ranks."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from sefar.machine import machine

from .step import TimedStep, prepare
from .timing import time_calls, wait_for


def benchmark_ranks(
    cfg: Config, device: str, amp: bool, repeats: int, ranks: int
) -> dict[str, Any]:
    """Time a rank's step among ``ranks`` against the same step alone, on the same machine.

    Each rank has ``cores / ranks`` threads on a CPU, and so has the one alone; each a GPU of its
    own otherwise.

    Returns:
        ``alone`` and ``among`` (:func:`summarise`, rank 0), their ``ratio``, ``reductions``: bytes
        of gradient reduced in a step over the bytes of all gradients; ``machine``.

    Raises:
        ValueError: there are fewer GPUs or cores than ranks.
    """
    found = torch.cuda.device_count() if device == 'cuda' else os.cpu_count() or 1
    if found < ranks:
        raise ValueError(f'--ranks {ranks}: this machine has {found}; each rank needs its own')
    cfg = prepare(cfg, device, amp)
    result: dict[str, Any] = {}
    for name, world in (('alone', 1), ('among', ranks)):
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(
                _rank, (world, ranks, cfg, device, repeats, folder), nprocs=world
            )
            result[name] = torch.load(f'{folder}/result.pth', weights_only=True)
    among = result['among']
    return dict(
        machine=among.pop('machine'),
        **{name: figures['step'] for name, figures in result.items()},
        ratio=among['step']['median_ms'] / result['alone']['step']['median_ms'],
        reductions=among['reductions'],
    )


def _rank(
    rank: int, world: int, ranks: int, cfg: Config, device: str, repeats: int, folder: str
) -> None:
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    if device == 'cpu':
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // ranks))
    else:
        torch.cuda.set_device(rank)
    with _process_group(rank, world, device, folder):
        step = TimedStep(cfg, device, world)
        reduced = [0]
        if world > 1:

            def count(state: Any, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
                reduced[0] += bucket.buffer().nbytes
                future = dist.all_reduce(bucket.buffer(), async_op=True).get_future()
                return future.then(lambda done: done.value()[0] / world)

            step.wrapper.register_comm_hook(None, count)
        step()
        wait_for(device)
        reduced[0] = 0
        step()
        gradients = sum(p.nbytes for p in step.model.parameters() if p.requires_grad)
        result = dict(
            machine=machine(device),
            reductions=reduced[0] / gradients,
            step=time_calls({'step': step}, repeats, device=device)['step'],
        )
        if rank == 0:
            torch.save(result, f'{folder}/result.pth')


@contextmanager
def _process_group(rank: int, world: int, device: str, folder: str) -> Iterator[None]:
    dist.init_process_group(
        'nccl' if device == 'cuda' else 'gloo',
        init_method=f'file://{folder}/rendezvous',
        rank=rank,
        world_size=world,
    )
    try:
        yield
    finally:
        dist.destroy_process_group()
