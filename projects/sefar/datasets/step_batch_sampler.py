"""Epochs of a stated number of steps."""

from typing import Any

from mmaction.registry import DATA_SAMPLERS
from torch.utils.data import BatchSampler

from .ratio_sampler import RatioSampler


@DATA_SAMPLERS.register_module()
class StepBatchSampler(BatchSampler):
    """Make an epoch ``steps`` optimiser steps, whatever the length of the lists.

    A pass over a short labelled list is a few steps, so that a schedule in passes starves the
    unlabelled pool. With this as ``batch_sampler`` of a loader whose ``sampler`` is a
    :class:`RatioSampler`, an epoch is a unit of the run: everything that counts epochs (rate,
    warm-up, ramp, validation, checkpoints) moves with this one number.

    Args:
        sampler: The loader's sampler.
        batch_size: The loader's batch size; MMEngine hands both over.
        steps: Steps of an epoch on each rank, at least 1.

    Raises:
        ValueError: an argument does not fit.
    """

    def __init__(self, sampler: Any, batch_size: int, steps: int) -> None:
        if not isinstance(sampler, RatioSampler) or steps < 1:
            raise ValueError(
                f'StepBatchSampler: steps={steps} with a {type(sampler).__name__}; wanted at least '
                '1 and sampler=dict(type="RatioSampler")'
            )
        if batch_size % sampler.group_size:
            raise ValueError(
                f'batch_size={batch_size} is no multiple of {sampler.group_size}, the clips of a '
                f'group of ratio {sampler.ratio}; take '
                f'{max(1, batch_size // sampler.group_size) * sampler.group_size}'
            )
        super().__init__(sampler, batch_size, drop_last=False)
        sampler.set_length(steps * batch_size // sampler.group_size)
