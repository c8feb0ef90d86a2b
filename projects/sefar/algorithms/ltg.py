"""LTG: learning from temporal gradient (Xiao et al., CVPR 2022)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.elements import GRADIENT
from sefar.models.block_features import Blocks, block_features, cosine_distance
from sefar.models.full_precision import full_precision
from sefar.models.modes import evaluating, frozen_statistics
from sefar.models.pseudo_labels import PseudoLabels, monte_carlo_probs

from .algorithm import Inputs, Labelling, Samples, Step, idle
from .fixmatch import FixMatch


@MODELS.register_module()
class LTG(FixMatch):
    r"""A network of frames follows one of temporal gradients, block by block.

    ::

        weak   ─┬─ student ─────────── z ┐ softmax (z + z') / 2 ─ ŷ where μ* ≥ τ ─┐
                └∇─ gradient network ── z'┘                                       │
        strong ─┬─ student ────────────────── L_un ◄───────────────────────────────┤
                └∇─ gradient network ──────── L_un' ◄──────────────────────────────┘
        weak   ─┬─ student ────────── blocks f_i ┐         vector a ┐
                └∇─ gradient network ─ blocks g_i ┴ L_dense        b ┴ L_con

    .. math::

        L_{dense} = \sum_i 1 - \cos(f_i, \mathrm{stopgrad}\, g_i)

        L = L_{sup} + L_{sup}' + γ_{dense} L_{dense}^{labelled} + ξ (γ_{un} (L_{un} + L_{un}')
        + γ_{dense} L_{dense} + γ_{con} L_{con})

    L_con is InfoNCE between the two vectors of a clip among the batch's, both ways. The student
    predicts, from frames alone. Weights are those of the authors' code, doubled, since it halves
    the cross-entropies.

    Args:
        blocks: Submodules of the network that are aligned, by name.
        block_channels: Dimension of their channels: 1 in CNNs, -1 in transformers.
        gamma_dense: Weight of L_dense, at least 0.
        gamma_contrast: Weight of L_con, at least 0.
        temperature: Of L_con, above 0.
        channels: Length of a and b, and of the layer before them.
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`FixedThreshold` of 0.3.
        kwargs: See :class:`PseudoLabelling`.

    Raises:
        ValueError: an argument is out of range, or the network has no such block.
    """

    views = ('weak', 'strong', 'weak_gradient', 'strong_gradient')
    in_order = ('weak', 'strong')
    any_tempo = True
    labelled_views = ('labelled', 'labelled_gradient')
    trained = ('student', 'gradient')
    least = dict(unlabelled=2)
    compiles = False
    timed = {
        'labelled_step': 'labelled forward',
        'pseudo_label': 'pseudo labels',
        'unlabelled_losses': 'strong and weak forward',
    }
    projectors: nn.ModuleDict
    labeller = dict(type='FixedThreshold', threshold=0.3)

    def __init__(
        self,
        blocks: Sequence[str],
        block_channels: int = 1,
        gamma_dense: float = 2.0,
        gamma_contrast: float = 2.0,
        temperature: float = 0.5,
        channels: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not (gamma_dense >= 0 and gamma_contrast >= 0 and temperature > 0) or channels < 1:
            raise ValueError(
                f'gamma_dense={gamma_dense}, gamma_contrast={gamma_contrast}, '
                f'temperature={temperature}, channels={channels}: wanted weights of at least 0, a '
                'temperature above 0, at least 1 channel'
            )
        if not blocks or isinstance(blocks, str) or block_channels not in (1, -1):
            raise ValueError(
                f'blocks={blocks!r}, block_channels={block_channels}: wanted names of submodules, '
                'such as ["layer1", "layer4"], and 1 in a CNN, -1 in a transformer'
            )
        self.blocks = tuple(blocks)
        self.block_channels = block_channels
        self.gamma_dense = gamma_dense
        self.gamma_contrast = gamma_contrast
        self.temperature = temperature
        self.channels = channels

    @property
    def reported(self) -> tuple[str, ...]:
        """All but the gradient network, which does not know frames."""
        return tuple(name for name in self.networks if name != 'gradient')

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """Two networks of the same structure."""
        return {**super().build_networks(recognizer), 'gradient': MODELS.build(recognizer)}

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; projectors fit the networks."""
        super().bind(networks)
        student: Any = self.student
        width = len(student.backbone.elements) * student.cls_head.in_channels
        self.projectors = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(width, self.channels),
                    nn.ReLU(inplace=True),
                    nn.Linear(self.channels, self.channels),
                )
                for name in ('student', 'gradient')
            }
        )
        with block_features(student, self.blocks):  # they are there
            pass

    def shown_to(self, name: str, inputs: Inputs, view: str) -> Tensor:
        """Their gradient to the gradient network, frames to all others."""
        return inputs[GRADIENT.format(view=view) if name == 'gradient' else view]

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup of either network, and γ_dense L_dense."""
        with self.observed() as blocks:
            step = super().labelled_step(inputs, samples)
        loss = self.gamma_dense * self.dense(*blocks) + idle(self.projectors)
        return step.merged(Step(dict(loss_dense_labelled=loss), {}))

    def pseudo_label(
        self, inputs: Inputs, samples: Samples, labelling: Labelling | None = None
    ) -> PseudoLabels:
        """Labels of the network that labels and of the gradient network, together."""
        probs = self.jointly(inputs, 'weak', self.pseudo_labels.num_predictions)
        labelled = None
        if self.pseudo_labels.wants_labelled:
            labelled = self.jointly(inputs, 'labelled', 1)[0]
        across = self.view_labels.across(probs, samples['unlabelled'], 'weak', 'strong')
        return self.pseudo_labels.label(across, labelled)

    @torch.no_grad()
    def jointly(self, inputs: Inputs, view: str, times: int) -> Tensor:
        """Softmax of the mean of both networks' logits: float32 (times, B, C)."""
        logs = []
        for name in (self.labels_by, 'gradient'):
            network = self.networks[name]
            with evaluating(network):
                clips = self.shown_to(name, inputs, view)
                logs.append(monte_carlo_probs(network, clips, times).float().clamp(min=1e-30).log())
        return torch.stack(logs).mean(0).softmax(-1)

    def unlabelled_losses(
        self, inputs: Inputs, pseudo: PseudoLabels, xi: float
    ) -> dict[str, Tensor]:
        """Both networks learn from the labels; the student is drawn to the other one."""
        losses = super().unlabelled_losses(inputs, pseudo, xi)
        gradient = self.networks['gradient']
        with frozen_statistics(gradient):
            logits = gradient(self.shown_to('gradient', inputs, 'strong'), stage='head')
            with self.observed() as blocks:
                feats = [
                    self.networks[name](self.shown_to(name, inputs, 'weak'), stage='neck')
                    for name in self.projectors
                ]
        losses['gradient_loss_un'] = xi * self.gamma_un * self.consistency(logits, pseudo)
        losses['loss_dense'] = xi * self.gamma_dense * self.dense(*blocks)
        losses['loss_contrast'] = xi * self.gamma_contrast * self.contrast(*feats)
        return losses

    @contextmanager
    def observed(self) -> Iterator[tuple[Blocks, Blocks]]:
        """What the blocks of the student, and of the other network, give out."""
        with (
            block_features(self.student, self.blocks) as ours,
            block_features(self.networks['gradient'], self.blocks) as theirs,
        ):
            yield ours, theirs

    def dense(self, ours: Blocks, theirs: Blocks) -> Tensor:
        """L_dense of features of both networks: a block counts once, however many maps it gives."""
        distances = []
        for block in self.blocks:
            pairs = zip(ours[block], theirs[block], strict=True)
            maps = [cosine_distance(f, g.detach(), self.block_channels) for f, g in pairs]
            distances.append(torch.stack(maps).mean())
        return torch.stack(distances).sum()

    def contrast(self, feats: Tensor, other: Tensor) -> Tensor:
        """L_con of features (B, E, D) of both networks."""
        with full_precision(feats):
            one, two = (
                F.normalize(project(part.float().flatten(1)), dim=1)
                for project, part in zip(self.projectors.values(), (feats, other), strict=True)
            )
            logits = one @ two.T / self.temperature
            target = torch.arange(len(one), device=one.device)
            return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
