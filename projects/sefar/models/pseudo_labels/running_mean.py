"""Running statistics that are the same on all ranks."""

import torch
from mmengine.dist import all_reduce
from torch import Tensor


def mean_over_ranks(value: Tensor) -> Tensor:
    """Mean of a statistic over all ranks, whose batches are of one size."""
    value = value.clone()
    all_reduce(value, 'mean')
    return value


@torch.no_grad()
def move(statistic: Tensor, value: Tensor, momentum: float) -> None:
    """Statistic ← momentum · statistic + (1 - momentum) · value, in place."""
    statistic.lerp_(value.to(statistic), 1 - momentum)
