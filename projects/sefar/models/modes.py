"""Modes of networks: in evaluation, from a seed, and with batch norms whose statistics stay."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Switch a network to evaluation inside, and each of its parts back to its mode after."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def drawing(seed: int, device: torch.device) -> Iterator[None]:
    """Draw from a seed inside, on the processor and the device, and go on as before after."""
    devices = [device] if device.type == 'cuda' else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def batch_statistics(module: nn.Module) -> Iterator[None]:
    """Evaluate inputs of another kind than the running statistics are of.

    Dropout and the like are off; batch norms normalise by the batch and keep what they average.
    """
    with evaluating(module), frozen_statistics(module):
        for part in module.modules():
            part.training = isinstance(part, _BatchNorm)
        yield


@contextmanager
def frozen_statistics(module: nn.Module) -> Iterator[None]:
    """Keep the running statistics of all batch norms as they are inside.

    Testing sees whole, undistorted clips. Running means that also average over reversed and mixed
    ones fit neither, and pseudo labels suffer. Each batch is still
    normalised by its own statistics.
    """
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.momentum = 0.0
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
