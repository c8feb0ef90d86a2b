"""Whether two clips go through the same phases."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def step_cosines(one: Tensor, other: Tensor) -> Tensor:
    """Cosines of all steps of all pairs: float (N, T, D), (M, T, D) → float32 (N, M, T, T)."""
    one, other = (F.normalize(part.float(), dim=2) for part in (one, other))
    return torch.einsum('ntd,msd->nmts', one, other)


class AlignabilityScore(nn.Module):
    """A perceptron on the cosines of two clips' steps of time (Dave et al., ECCV 2024).

    Args:
        steps: T.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(steps**2, 64), nn.ReLU(inplace=True), nn.Linear(64, 1)
        )

    def forward(self, cosines: Tensor) -> Tensor:
        """Logit of "of one class": float32 (..., T, T) → (..., )."""
        return self.layers(cosines.flatten(-2)).squeeze(-1)


def phase_distinctiveness(
    one: Tensor, other: Tensor, width: float, temperature: float
) -> tuple[Tensor, Tensor]:
    r"""A step of time is told from the others of its clip, the farther the surer.

    .. math::

        - \frac{1}{BT} \sum_{b, t, s} w_{ts} \log \mathrm{softmax}_s(\cos(a_{bt}, c_{bs}) / τ),
        \quad w_{ts} ∝ e^{-(t - s)^2 / 2 σ^2}

    Args:
        one: float (B, T, D), steps of time in one view.
        other: float (B, T, D), in another.
        width: σ, in steps, above 0.
        temperature: τ, above 0.

    Returns:
        The loss, and the share of steps that are nearest to themselves.
    """
    one, other = (F.normalize(part.float(), dim=2) for part in (one, other))
    cosines = one @ other.transpose(1, 2)  # (B, T, T)
    times = torch.arange(one.shape[1], device=one.device, dtype=torch.float32)
    target = (-((times[:, None] - times) ** 2) / (2 * width**2)).softmax(1)
    loss = -(target * (cosines / temperature).log_softmax(2)).sum(2).mean()
    return loss, (cosines.argmax(2) == times).float().mean()
