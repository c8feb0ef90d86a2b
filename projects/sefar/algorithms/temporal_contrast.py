"""A start from one's own clips, labelled and unlabelled, without pseudo labels."""

from typing import Any

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.elements import play_backwards
from sefar.models.full_precision import full_precision
from sefar.models.modes import frozen_statistics
from sefar.models.progress import Progress

from .algorithm import Algorithm, Inputs, Samples, Step


@MODELS.register_module()
class TemporalContrast(Algorithm):
    r"""Two views of a clip attract; other clips repel, and so does the clip played backwards.

    ::

        weak ──────────── student ─ elements side by side ─ projector ─ a ┐
        strong ────────── student ─ …                                  b ┼ L_con
        weak, backwards ─ student ─ …                                  r ┘

    .. math::

        L_{con} = -\frac{1}{2B} \sum_i \log
        \frac{e^{a_i b_i / t}}{\sum_j e^{a_i b_j / t} + \sum_j e^{a_i r_j / t}} + (a ↔ b)

    Contrast between clips is SimCLR's (Chen et al., 2020); the reversed clip as a negative is the
    contrast within a clip that TCLR (Dave et al., 2022) draws between its moments, in the form that
    elements which all span the clip allow. Order is what fine-grained classes differ in.

    It is a stage: another run takes the backbone by ``init_cfg``, see docs/experiments.md.

    Args:
        temperature: t, above 0.
        gamma_contrast: Weight of L_con beside L_sup, at least 0.
        channels: Length of a, b and r.

    Raises:
        ValueError: an argument is out of range.
    """

    views = in_order = ('weak', 'strong')
    least = dict(unlabelled=2)
    timed = {'labelled_step': 'labelled forward', 'contrast': 'three forwards'}
    projector: nn.Module

    def __init__(
        self, temperature: float = 0.1, gamma_contrast: float = 1.0, channels: int = 128
    ) -> None:
        super().__init__()
        if not (temperature > 0 and gamma_contrast >= 0) or channels < 1:
            raise ValueError(
                f'temperature={temperature}, gamma_contrast={gamma_contrast}, channels={channels}: '
                'wanted a temperature above 0, a weight of at least 0, at least 1 channel'
            )
        self.temperature = temperature
        self.gamma_contrast = gamma_contrast
        self.channels = channels

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; the projector fits the network."""
        super().bind(networks)
        network: Any = self.student
        self.elements = network.backbone.elements
        width = len(self.elements) * network.cls_head.in_channels
        self.projector = nn.Sequential(
            nn.Linear(width, 256), nn.ReLU(inplace=True), nn.Linear(256, self.channels)
        )

    def project(self, clips: Tensor) -> Tensor:
        """Unit vectors of clips: float (B, 1, C, K, H, W) → float32 (B, channels)."""
        feats = self.student(clips, stage='neck').flatten(1)
        with full_precision(feats):
            return F.normalize(self.projector(feats.float()), dim=1)

    def contrast(self, weak: Tensor, strong: Tensor) -> tuple[Tensor, Tensor]:
        """L_con, and the share of clips that are told from their own reverse and all others."""
        order = torch.as_tensor(play_backwards(self.elements), device=weak.device)
        one, other = self.project(weak), self.project(strong)
        backwards = self.project(weak[:, :, :, order])
        target = torch.arange(len(one), device=one.device)
        losses, right = [], []
        with full_precision(one):
            for anchors, keys in ((one, other), (other, one)):
                logits = anchors @ torch.cat([keys, backwards]).T / self.temperature
                losses.append(F.cross_entropy(logits, target))
                right.append((logits.argmax(1) == target).float().mean())
        return torch.stack(losses).mean(), torch.stack(right).mean()

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """γ L_con; distorted clips do not move the running statistics."""
        with frozen_statistics(self.student):
            loss, right = self.contrast(inputs['weak'], inputs['strong'])
        return Step(dict(loss_contrast=self.gamma_contrast * loss), dict(told_apart=right))
