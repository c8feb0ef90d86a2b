"""Soft dynamic time warping."""

from itertools import product

import torch
from torch import Tensor


def soft_dtw(costs: Tensor, smoothing: float) -> Tensor:
    """Cost of the best alignment of two sequences, smoothed (Cuturi and Blondel, 2017).

    A path leads from the first pair of steps to the last one; each move goes on in one sequence or
    in both. The minimum over paths is ``-γ log Σ exp(-cost / γ)``.

    Args:
        costs: float (N, T, S): what it costs to align step t of one with step s of the other.
        smoothing: γ, above 0; the smaller, the nearer to the minimum.

    Returns:
        float (N, ).
    """
    size, long, wide = costs.shape
    never = costs.new_full((size,), torch.inf)
    reached = {(-1, -1): costs.new_zeros(size)}
    for t, s in product(range(long), range(wide)):
        before = [reached.get(place, never) for place in ((t - 1, s - 1), (t - 1, s), (t, s - 1))]
        least = -smoothing * torch.logsumexp(torch.stack(before) / -smoothing, dim=0)
        reached[t, s] = costs[:, t, s] + least
    return reached[long - 1, wide - 1]
