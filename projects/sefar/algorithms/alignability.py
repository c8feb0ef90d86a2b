"""The first stage of FinePseudo (Dave et al., ECCV 2024): which clips can be aligned."""

from typing import Any

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.alignability import AlignabilityScore, phase_distinctiveness, step_cosines
from sefar.models.full_precision import full_precision
from sefar.models.modes import frozen_statistics
from sefar.models.moments import check_moments, encode_steps
from sefar.models.progress import Progress
from sefar.models.soft_dtw import soft_dtw

from .algorithm import Inputs, Samples, Step
from .self_supervised import SelfSupervised


@MODELS.register_module()
class Alignability(SelfSupervised):
    r"""Clips of one class can be aligned step by step, others cannot.

    ::

        labelled ─ student ─ K steps of time ─┬─ soft DTW ─ L_tri  same class nearer than others
                                              └─ cosines ─ score ─ L_sco  same class or not
        weak, strong ─ student ─ K steps ─────── L_pha  a moment is told from the clip's others

    .. math::

        L_{tri} = \mathrm{mean}_{a, p} \max(0, D_{ap} - \min_n D_{an} + m)

        L = L_{tri} + ω L_{sco} + γ_{pha} L_{pha}

    D is soft DTW over 1 - cos, per step. L_sco is a binary cross-entropy in which pairs of one
    class weigh as much as all others. The score belongs to the network: ``student.alignability``.

    Args:
        margin: m, at least 0.
        omega: ω, at least 0.
        gamma_phase: γ_pha, at least 0.
        smoothing: Of soft DTW, above 0.
        width: See :func:`phase_distinctiveness`.
        temperature: Likewise.

    Raises:
        ValueError: an argument is out of range.
    """

    views = in_order = ('weak', 'strong')
    stronger = (('weak', 'strong'),)
    least = dict(labelled=2)
    timed = {'align': 'labelled pairs', 'distinguish': 'phases'}

    def __init__(
        self,
        margin: float = 0.2,
        omega: float = 1.0,
        gamma_phase: float = 1.0,
        smoothing: float = 0.1,
        width: float = 1.0,
        temperature: float = 0.1,
    ) -> None:
        super().__init__()
        weights, others = (margin, omega, gamma_phase), (smoothing, width, temperature)
        if not (all(w >= 0 for w in weights) and all(o > 0 for o in others)):
            raise ValueError(
                f'margin={margin}, omega={omega}, gamma_phase={gamma_phase}, smoothing='
                f'{smoothing}, width={width}, temperature={temperature}: wanted the first three at '
                'least 0, the others above 0'
            )
        self.margin = margin
        self.omega = omega
        self.gamma_phase = gamma_phase
        self.smoothing = smoothing
        self.width = width
        self.temperature = temperature

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """The student, with a score."""
        return {'student': with_score(MODELS.build(recognizer))}

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Pairs of labelled clips, and phases of the others."""
        labels = torch.cat([sample.gt_label for sample in samples['labelled']])
        labels = labels.to(inputs['labelled'].device)
        return self.align(inputs['labelled'], labels).merged(self.distinguish(inputs))

    def align(self, clips: Tensor, labels: Tensor) -> Step:
        """L_tri and ω L_sco of labelled clips (B, 1, C, K, H, W)."""
        steps = steps_of(self.student, clips)
        with full_precision(steps):
            cosines = step_cosines(steps, steps)
            costs = (1 - cosines).flatten(0, 1)
            distance = soft_dtw(costs, self.smoothing).unflatten(0, (len(clips), -1))
            loss, found = triplet_loss(distance / steps.shape[1], labels, self.margin)
            score, right = score_loss(self.student.alignability(cosines), labels)
        losses = dict(loss_triplet=loss, loss_score=self.omega * score)
        return Step(losses, dict(pairs_aligned=found, pairs_told_apart=right))

    def distinguish(self, inputs: Inputs) -> Step:
        """γ_pha L_pha of unlabelled clips; distorted ones do not move the running statistics."""
        with frozen_statistics(self.student):
            one, other = (steps_of(self.student, inputs[view]) for view in self.views)
        with full_precision(one):
            loss, right = phase_distinctiveness(one, other, self.width, self.temperature)
        return Step(dict(loss_phase=self.gamma_phase * loss), dict(phases_told_apart=right))


def with_score(network: Any) -> nn.Module:
    """Give a network an alignability score of its clips' length.

    Raises:
        ValueError: its backbone does not say when.
    """
    frames = sum(network.backbone.elements)
    check_moments(network, frames)
    network.alignability = AlignabilityScore(frames)
    return network


def steps_of(network: Any, clips: Tensor) -> Tensor:
    """One vector a frame: float (B, 1, C, K, H, W) → (B, K, D)."""
    return encode_steps(network, clips, clips.shape[3])


def triplet_loss(distance: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """L_tri over all pairs of one class, and the share of them that are nearer than all others.

    Both are 0 where no class is there twice.

    Args:
        distance: float (B, B), of clips.
        labels: int64 (B, ).
        margin: At least 0.
    """
    same = labels[:, None] == labels
    nearest = distance.masked_fill(same, torch.inf).min(1, keepdim=True).values
    pairs = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    count = pairs.sum().clamp(min=1)
    behind = torch.where(pairs, distance - nearest, distance.new_tensor(-torch.inf))
    loss = F.relu(behind + margin).sum() / count
    return loss, (pairs & (behind < 0)).sum() / count


def score_loss(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """L_sco of all pairs but those of a clip with itself, and the share of either kind told.

    Args:
        logits: float (B, B), of "one class".
        labels: int64 (B, ).
    """
    same = labels[:, None] == labels
    own = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    each = F.binary_cross_entropy_with_logits(logits, same.to(logits.dtype), reduction='none')
    right = ((logits > 0) == same).to(logits.dtype)

    def of_both(values: Tensor) -> Tensor:
        one, other = (
            (kind * values).sum() / kind.sum().clamp(min=1) for kind in (same & ~own, ~same)
        )
        return (one + other) / 2

    return of_both(each), of_both(right)
