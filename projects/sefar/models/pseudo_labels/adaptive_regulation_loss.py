"""Adaptive Regulation."""

import math

import torch
from mmaction.registry import MODELS
from torch import Tensor

from .pseudo_labeller import PseudoLabeller


@MODELS.register_module()
class AdaptiveRegulationLoss(PseudoLabeller):
    r"""Weigh pseudo labels by the confidence and the steadiness of the teacher (Eq. 7); no loss.

    .. math::

        τ_1 = sigmoid(e^{μ^*} - e), \quad
        τ_2 = sigmoid(1 / (β σ^* + ε)) - 0.5, \quad η = τ_1 τ_2

    It gives the labels and η; the losses that take them are parts of their own.

    Args:
        beta: β, related to the dropout; released value 20.
        eps: ε; released value 1e-9.
        scale: ``'paper'`` is Eq. 7 as printed, which bounds η by 0.25. ``'released'`` doubles both
            factors as the authors' code does, so that η lies in (0, 1].
        num_predictions: U; 10 in the paper. At least 2, since σ* is their deviation.
        alignment: See :class:`PseudoLabeller`.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(
        self,
        beta: float = 20.0,
        eps: float = 1e-9,
        scale: str = 'paper',
        num_predictions: int = 10,
        alignment: dict | None = None,
    ) -> None:
        super().__init__(num_predictions, alignment)
        if not (beta > 0 and eps > 0) or scale not in ('paper', 'released') or num_predictions < 2:
            raise ValueError(
                f'beta={beta}, eps={eps}, scale={scale!r}, num_predictions={num_predictions}: '
                "wanted beta > 0, eps > 0, 'paper' or 'released' as scale, and at least 2 "
                'predictions, since η weighs by their deviation'
            )
        self.beta = beta
        self.eps = eps
        self.factor = 1.0 if scale == 'paper' else 2.0
        self.max_weight = 0.25 * self.factor**2

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """η of each clip: μ* (B, ), σ* (B, ) → (B, )."""
        tau1 = torch.sigmoid(confidence.exp() - math.e)
        tau2 = torch.sigmoid(1 / (self.beta * deviation + self.eps)) - 0.5
        return (self.factor * tau1) * (self.factor * tau2)
