"""Adaptive Regulation."""

import math

import torch
from mmaction.registry import MODELS
from torch import Tensor

from .pseudo_label_loss import PseudoLabelLoss


@MODELS.register_module()
class AdaptiveRegulationLoss(PseudoLabelLoss):
    r"""Weigh pseudo labels by the teacher's confidence and steadiness (Eq. 7).

    .. math::

        τ_1 = sigmoid(e^{μ^*} - e), \quad
        τ_2 = sigmoid(1 / (β σ^* + ε)) - 0.5, \quad η = τ_1 τ_2

    Args:
        beta: β, related to the dropout; released value 20.
        eps: ε; released value 1e-9.
        scale: ``'paper'`` is Eq. 7 as printed, which bounds η by 0.25. ``'released'`` doubles both
            factors as the authors' code does, so that η lies in (0, 1].

    Raises:
        ValueError: an argument is out of range.
    """

    min_predictions = 2

    def __init__(self, beta: float = 20.0, eps: float = 1e-9, scale: str = 'paper') -> None:
        super().__init__()
        if beta <= 0 or eps <= 0 or scale not in ('paper', 'released'):
            raise ValueError(
                f"beta={beta}, eps={eps}, scale={scale!r}: wanted beta > 0, eps > 0 and 'paper' or "
                "'released' as scale"
            )
        self.beta = beta
        self.eps = eps
        self.factor = 1.0 if scale == 'paper' else 2.0
        self.max_weight = 0.25 * self.factor**2

    def weigh(self, confidence: Tensor, deviation: Tensor) -> Tensor:
        """η of each clip: μ* (B, ), σ* (B, ) → (B, )."""
        tau1 = torch.sigmoid(confidence.exp() - math.e)
        tau2 = torch.sigmoid(1 / (self.beta * deviation + self.eps)) - 0.5
        return (self.factor * tau1) * (self.factor * tau2)
