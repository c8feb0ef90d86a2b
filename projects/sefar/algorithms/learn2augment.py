"""L2A: Learn2Augment (Gowda et al., ECCV 2022)."""

from typing import Any

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.elements import TUBE
from sefar.models.actor_mix import background, moving
from sefar.models.full_precision import full_precision
from sefar.models.modes import frozen_statistics

from .algorithm import Inputs, Samples, Step
from .fixmatch import FixMatch


@MODELS.register_module()
class Learn2Augment(FixMatch):
    r"""FixMatch, and labelled actors before backgrounds that a selector picks.

    ::

        labelled a ─ what moves ──────────┐
        labelled b ─ median frame ────────┴─ composite ─ student ─ L_comp (class of a)
        a, b ─ features ─ selector ─ s(a, b): which b for which a;
                          learns whether the student knew the composite: L_sel

        L = L_sup + γ_comp L_comp + L_sel + ξ γ_un L_un

    Each clip of the batch is composited with the other one that the selector likes best, so that
    only one composite of B - 1 is made. What it learns is to like pairs whose actor stays
    recognisable. Where the pipeline has :class:`HumanTubes`, actors are what they say, and not what
    moves. A clip without an actor stays as it is.

    Args:
        gamma_comp: γ_comp, at least 0.
        threshold: What moves differs from the median frame by so much, in units of normalised
            pixels, above 0.
        kwargs: See :class:`FixMatch`.

    Raises:
        ValueError: an argument is out of range.
    """

    tubes = ('labelled',)
    least = dict(labelled=2)
    timed = {**FixMatch.timed, 'composite_losses': 'composites'}
    selector: nn.Module

    def __init__(self, gamma_comp: float = 1.0, threshold: float = 0.35, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not (gamma_comp >= 0 and threshold > 0):
            raise ValueError(
                f'gamma_comp={gamma_comp}, threshold={threshold}: wanted a weight of at least 0 '
                'and a threshold above 0'
            )
        self.gamma_comp = gamma_comp
        self.threshold = threshold

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; the selector fits the network."""
        super().bind(networks)
        student: Any = self.student
        width = len(student.backbone.elements) * student.cls_head.in_channels
        self.selector = nn.Sequential(
            nn.Linear(2 * width, 64), nn.ReLU(inplace=True), nn.Linear(64, 1)
        )

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup, and the composites of labelled clips."""
        step = super().labelled_step(inputs, samples)
        return step.merged(self.composite_losses(inputs, samples['labelled']))

    def composite_losses(self, inputs: Inputs, samples: list) -> Step:
        """γ_comp L_comp and L_sel of labelled clips (B, 1, C, K, H, W).

        The student chooses; whoever else learns from labelled clips learns from its composites.
        """
        clips, actors = inputs['labelled'], inputs.get(TUBE.format(view='labelled'))
        scenes = background(clips)
        if actors is None:
            actors = moving(clips, scenes, self.threshold)
        labels = torch.cat([sample.gt_label for sample in samples]).to(clips.device)
        with frozen_statistics(self.student), torch.no_grad():
            feats = self.student(clips, stage='neck').flatten(1)
        scores = self.pair_scores(feats)
        own = torch.eye(len(feats), dtype=torch.bool, device=feats.device)
        partner = scores.detach().masked_fill(own, float('-inf')).argmax(1)
        shown = composite(clips, actors, scenes[partner])
        logits: dict[str, Tensor] = {}
        for name in self.supervised:
            with frozen_statistics(self.networks[name]):
                logits[name] = self.networks[name](shown, stage='head')
        with full_precision(scores):
            losses = {}
            for name, said in logits.items():
                prefix = '' if name == 'student' else f'{name}_'
                loss = self.gamma_comp * F.cross_entropy(said.float(), labels)
                losses[f'{prefix}loss_comp'] = loss
            known = (logits['student'].argmax(1) == labels).float()
            liked = scores.gather(1, partner[:, None])[:, 0]
            made = has_actor(actors).float()  # of the others no pair was made
            number = made.sum().clamp(min=1)
            each = F.binary_cross_entropy_with_logits(liked, known, reduction='none')
            losses['loss_select'] = (made * each).sum() / number
        return Step(losses, dict(composites_known=(made * known).sum() / number))

    def pair_scores(self, feats: Tensor) -> Tensor:
        """Logits float32 (B, B) of actors (rows) before backgrounds (columns)."""
        with full_precision(feats):
            feats, number = feats.float(), len(feats)
            pairs = [
                feats[:, None].expand(-1, number, -1),
                feats[None].expand(number, -1, -1),
            ]
            return self.selector(torch.cat(pairs, -1))[..., 0]


def composite(clips: Tensor, actors: Tensor, scenes: Tensor) -> Tensor:
    """The actors of clips, bool (B, 1, K, H, W), before backgrounds (B, 1, C, 1, H, W).

    A clip without an actor stays as it is: before another background nothing of its class is left.
    """
    without = ~has_actor(actors)
    return torch.where(actors[:, :, None] | without.view(-1, *[1] * 5), clips, scenes)


def has_actor(actors: Tensor) -> Tensor:
    """Which clips have one, bool (B, ), of bool (B, 1, K, H, W)."""
    return actors.flatten(1).any(1)
