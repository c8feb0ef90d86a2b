"""SoftMatch's rule."""

from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.dist import get_world_size
from torch import Tensor, nn

from .pseudo_labeller import PseudoLabeller, classes_of
from .running_mean import mean_over_ranks, move


@MODELS.register_module()
class TruncatedGaussian(PseudoLabeller):
    r"""Weigh a pseudo label by how far its confidence lies below the usual one.

    .. math::

        λ = \exp\left(-\frac{\min(μ^* - m, 0)^2}{2 v / n^2}\right)

    with :math:`m` and :math:`v` the running mean and unbiased variance of the confidence
    (SoftMatch, Chen et al., ICLR 2023, eqs. 4 to 6); m begins at 1 / C, v at 1.

    Args:
        n_sigma: n; 2 as published.
        momentum: Of m and v, in [0, 1); 0.999 as published, for runs of a million steps.
        kwargs: See :class:`PseudoLabeller`.

    Raises:
        ValueError: an argument is out of range.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, n_sigma: float = 2.0, momentum: float = 0.999, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not n_sigma > 0 or not 0 <= momentum < 1:
            raise ValueError(
                f'n_sigma={n_sigma}, momentum={momentum}: wanted n_sigma > 0 and a momentum in '
                '[0, 1)'
            )
        self.n_sigma = n_sigma
        self.momentum = momentum
        self.register_buffer('variance', torch.tensor(1.0))

    def bind(self, network: nn.Module) -> None:
        """See the base class."""
        super().bind(network)
        self.register_buffer('mean', torch.tensor(1 / classes_of(network)))

    def observe(self, probs: Tensor, labelled: Tensor | None) -> None:
        """Move m and v; of all ranks' clips together."""
        confidence = probs.max(1).values
        mean, square = mean_over_ranks(torch.stack([confidence.mean(), confidence.square().mean()]))
        move(self.mean, mean, self.momentum)
        number = len(confidence) * get_world_size()
        variance = (square - mean.square()).clamp(min=0) * number / max(number - 1, 1)
        move(self.variance, variance, self.momentum)

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """λ of each clip: (B, )."""
        below = (confidence - self.mean).clamp(max=0)
        return torch.exp(-below.square() / (2 * self.variance / self.n_sigma**2 + 1e-12))
