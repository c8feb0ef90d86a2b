"""TCLR: temporal contrastive learning for video representation (Dave et al., CVIU 2022)."""

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.modes import frozen_statistics
from sefar.models.moments import check_moments, encode_parts, encode_steps
from sefar.models.progress import Progress

from .algorithm import Inputs, Samples, Step
from .self_supervised import SelfSupervised


@MODELS.register_module()
class TCLR(SelfSupervised):
    r"""Moments of one clip repel each other; a moment attracts itself in another view.

    ::

        weak ───┬─ P parts, each by itself ─ student ─ a_p ┬ L_ins  a_p : b_q, other clips repel
        strong ─┼─ P parts, each by itself ─ student ─ b_p ┴ L_loc  a_p : b_p, other parts repel
                └─ whole ─ student ─ P steps of time ─ g_p ─ L_glo  a_p : g_p, other steps repel

        L = γ_ins L_ins + γ_loc L_loc + γ_glo L_glo

    Each term is a cross-entropy of cosines over a temperature, both ways. In L_ins q is p half a
    clip later, so that what it learns is the clip's and not the moment's: alone it is the
    time-invariant start of TimeBalance, without it the others are the time-distinctive one.

    Args:
        parts: P, at least 2.
        temperature: Above 0.
        gamma_instance: γ_ins, at least 0.
        gamma_local: γ_loc, at least 0.
        gamma_global: γ_glo, at least 0.
        channels: Length of a, b and g.

    Raises:
        ValueError: an argument is out of range, or does not fit the clips.
    """

    views = in_order = ('weak', 'strong')
    stronger = (('weak', 'strong'),)
    least = dict(unlabelled=2)
    projectors: nn.ModuleDict

    def __init__(
        self,
        parts: int = 4,
        temperature: float = 0.1,
        gamma_instance: float = 1.0,
        gamma_local: float = 1.0,
        gamma_global: float = 1.0,
        channels: int = 128,
    ) -> None:
        super().__init__()
        gammas = dict(instance=gamma_instance, local=gamma_local, whole=gamma_global)
        weights = gammas.values()
        if not (all(w >= 0 for w in weights) and sum(weights) > 0 and temperature > 0):
            raise ValueError(
                f'gamma_instance={gamma_instance}, gamma_local={gamma_local}, '
                f'gamma_global={gamma_global}, temperature={temperature}: wanted weights of at '
                'least 0, one above it, and a temperature above 0'
            )
        if channels < 1:
            raise ValueError(f'channels={channels}: wanted at least 1')
        self.parts = parts
        self.temperature = temperature
        self.gammas = {name: gamma for name, gamma in gammas.items() if gamma > 0}
        self.channels = channels

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; a projector for each term."""
        super().bind(networks)
        check_moments(self.student, self.parts)
        width = self.student.cls_head.in_channels
        self.projectors = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(width, 256), nn.ReLU(inplace=True), nn.Linear(256, self.channels)
                )
                for name in self.gammas
            }
        )

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """The three terms; only undistorted parts move the running statistics."""
        weak = encode_parts(self.student, inputs['weak'], self.parts).mean((3, 4))
        with frozen_statistics(self.student):
            strong = encode_parts(self.student, inputs['strong'], self.parts).mean((3, 4))
            if 'whole' in self.gammas:
                steps = encode_steps(self.student, inputs['strong'], self.parts)
        losses, log = {}, {}
        with full_precision(weak):
            for name, gamma in self.gammas.items():
                one = self.project(name, weak)
                other = self.project(name, steps if name == 'whole' else strong)
                loss, right = getattr(self, f'{name}_contrast')(one, other)
                losses[f'loss_{name}'] = gamma * loss
                log[f'{name}_told_apart'] = right
        return Step(losses, log)

    def project(self, term: str, feats: Tensor) -> Tensor:
        """Unit vectors of moments: float (B, P, D) → float32 (B, P, channels)."""
        return F.normalize(self.projectors[term](feats.float()), dim=2)

    def instance_contrast(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """L_ins of unit vectors (B, P, d), and the share that find their own clip."""
        later = other.roll(-(self.parts // 2), dims=1)
        return paired_contrast(one.transpose(0, 1), later.transpose(0, 1), self.temperature)

    def local_contrast(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """L_loc of unit vectors (B, P, d), and the share that find their own moment."""
        return paired_contrast(one, other, self.temperature)

    def whole_contrast(self, one: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """L_glo of unit vectors (B, P, d), and the share that find their own step of time."""
        logits = one @ steps.transpose(1, 2) / self.temperature  # (B, P, P)
        return _both_ways(logits, logits.transpose(1, 2))


def paired_contrast(one: Tensor, other: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Normalised temperature-scaled cross-entropy (Chen et al., 2020) inside groups.

    Args:
        one: Unit vectors (G, N, d).
        other: Unit vectors (G, N, d), each the partner of the one at its place. All others of the
            group, of both, repel.
        temperature: Above 0.

    Returns:
        The mean, and the share of vectors whose partner is the nearest.
    """
    vectors = torch.cat([one, other], dim=1)
    logits = vectors @ vectors.transpose(1, 2) / temperature
    own = torch.eye(logits.shape[1], dtype=torch.bool, device=logits.device)
    first, second = logits.masked_fill(own, -torch.inf).chunk(2, dim=1)
    return _both_ways(first.roll(one.shape[1], dims=2), second)


def _both_ways(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy where row i belongs to column i, float (G, N, M) twice."""
    logits = torch.cat([first, second])
    target = torch.arange(logits.shape[1], device=logits.device).expand(len(logits), -1)
    right = (logits.argmax(2) == target).float().mean()
    return F.cross_entropy(logits.flatten(0, 1), target.flatten()), right
