"""LTG: learning from temporal gradient (Xiao et al., CVPR 2022)."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.block_features import block_features, cosine_distance
from sefar.models.frozen_statistics import frozen_statistics
from sefar.models.full_precision import full_precision
from sefar.models.progress import Progress
from sefar.models.temporal_gradient import temporal_gradient

from .algorithm import Inputs, Labelling, Samples, Step, idle
from .pseudo_labelling import PseudoLabelling


@MODELS.register_module()
class LTG(PseudoLabelling):
    r"""A network of frames follows one of temporal gradients, block by block.

    ::

        weak ───── student ── ŷ where μ* ≥ τ ──┐
        strong ─┬─ student ────────────────────┴─ L_un     blocks f_i ┐        vector a ┐
                └─ ∇t ─ gradient network ──────┬─ L_un'    blocks g_i ┴ L_dense       b ┴ L_con
        ∇t weak ── gradient network ─ ŷ' ──────┘

    .. math::

        L_{dense} = \frac{1}{I} \sum_i 1 - \cos(f_i, \mathrm{stopgrad}\, g_i)

        L = L_{sup} + L_{sup}' + ξ (γ_{un} (L_{un} + L_{un}') + γ_{dense} L_{dense}
        + γ_{con} L_{con})

    L_con is InfoNCE between the two vectors of a clip among the batch's, both ways. The student
    predicts, from frames alone.

    Args:
        blocks: Submodules of the network that are aligned, by name.
        block_channels: Dimension of their channels: 1 in CNNs, -1 in transformers.
        gamma_dense: Weight of L_dense, at least 0.
        gamma_contrast: Weight of L_con, at least 0.
        temperature: Of L_con, above 0.
        channels: Length of a and b.
        pseudo_labels: See :class:`PseudoLabelling`, one for either network; here a
            :class:`FixedThreshold` of 0.3.
        kwargs: See :class:`PseudoLabelling`.

    Raises:
        ValueError: an argument is out of range, or the network has no such block.
    """

    trained = ('student', 'gradient')
    stronger = (('weak', 'strong'),)
    projectors: nn.ModuleList

    def __init__(
        self,
        blocks: Sequence[str],
        block_channels: int = 1,
        gamma_dense: float = 1.0,
        gamma_contrast: float = 1.0,
        temperature: float = 0.5,
        channels: int = 128,
        pseudo_labels: dict = dict(type='FixedThreshold', threshold=0.3),
        **kwargs: Any,
    ) -> None:
        super().__init__(pseudo_labels=pseudo_labels, **kwargs)
        if not (gamma_dense >= 0 and gamma_contrast >= 0 and temperature > 0) or channels < 1:
            raise ValueError(
                f'gamma_dense={gamma_dense}, gamma_contrast={gamma_contrast}, '
                f'temperature={temperature}, channels={channels}: wanted weights of at least 0, a '
                'temperature above 0, at least 1 channel'
            )
        self.blocks = tuple(blocks)
        self.block_channels = block_channels
        self.gamma_dense = gamma_dense
        self.gamma_contrast = gamma_contrast
        self.temperature = temperature
        self.channels = channels
        self.pseudo_labels_gradient = MODELS.build(pseudo_labels)

    @property
    def reported(self) -> tuple[str, ...]:
        """The student: the other one does not know frames."""
        return ('student',)

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """Two networks of the same structure."""
        return {name: MODELS.build(recognizer) for name in self.trained}

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; projectors fit the networks."""
        super().bind(networks)
        self.pseudo_labels_gradient.bind(networks['gradient'])
        student: Any = self.student
        self.elements = student.backbone.elements
        width = len(self.elements) * student.cls_head.in_channels
        self.projectors = nn.ModuleList(nn.Linear(width, self.channels) for _ in self.trained)
        with block_features(student, self.blocks):  # they are there
            pass

    def shown_to(self, name: str, clips: Tensor) -> Tensor:
        """Frames to the student, their gradient to the other network."""
        return clips if name == 'student' else self.gradient_of(clips)

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup of the student and L_sup' of the other network."""
        step = super().labelled_step(inputs, samples)
        step.losses['student_loss_sup'] = step.losses['student_loss_sup'] + idle(self.projectors)
        return step

    def gradient_of(self, frames: Tensor) -> Tensor:
        """∇t of clips, see :func:`temporal_gradient`."""
        return temporal_gradient(frames, self.elements)

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Each network labels for itself; the student is drawn to the other one."""
        gradient: Any = self.networks['gradient']
        xi = self.unlabelled_weight(progress)
        pseudo = self.pseudo_label(inputs, samples)
        moved = {view: self.gradient_of(inputs[view]) for view in ('weak', 'labelled')}
        labelling = Labelling(gradient, self.pseudo_labels_gradient)
        pseudo_gradient = self.pseudo_label(moved, samples, labelling)
        strong = inputs['strong']
        with (
            frozen_statistics(self.student),
            frozen_statistics(gradient),
            block_features(self.student, self.blocks) as ours,
            block_features(gradient, self.blocks) as theirs,
        ):
            feats = self.student(strong, stage='neck')
            other = gradient(self.gradient_of(strong), stage='neck')
            logits = self.student.cls_head(feats), gradient.cls_head(other)
        distances = [
            cosine_distance(f, g.detach(), self.block_channels)
            for f, g in zip(ours, theirs, strict=True)
        ]
        losses = dict(
            loss_un=self.gamma_un * self.consistency(logits[0], pseudo),
            gradient_loss_un=self.gamma_un * self.consistency(logits[1], pseudo_gradient),
            loss_dense=self.gamma_dense * torch.stack(distances).mean(),
            loss_contrast=self.gamma_contrast * self.contrast(feats, other),
        )
        agree = (pseudo.labels == pseudo_gradient.labels).float().mean()
        log = self.describe(pseudo, samples, xi) | dict(gradient_agrees=agree)
        return Step({name: xi * loss for name, loss in losses.items()}, log)

    def contrast(self, feats: Tensor, other: Tensor) -> Tensor:
        """L_con of features (B, E, D) of both networks."""
        with full_precision(feats):
            one, two = (
                F.normalize(project(part.float().flatten(1)), dim=1)
                for project, part in zip(self.projectors, (feats, other), strict=True)
            )
            logits = one @ two.T / self.temperature
            target = torch.arange(len(one), device=one.device)
            return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
