"""FinePseudo (Dave et al., ECCV 2024)."""

from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.dist import all_gather
from torch import Tensor, nn

from sefar.models.alignability import step_cosines
from sefar.models.full_precision import full_precision
from sefar.models.modes import evaluating
from sefar.models.progress import Progress

from .algorithm import Inputs, Samples, Step, begun_with
from .alignability import steps_of, with_score
from .fixmatch import FixMatch


@MODELS.register_module()
class FinePseudo(FixMatch):
    r"""The classifier and the labelled clips that a clip can be aligned with label it together.

    ::

        labelled ─ aligner ─ K steps ─► bank        (:class:`Alignability` trained the aligner)
        weak ─┬─ aligner ─ K steps ─ scores against the bank ─ N nearest vote ─ p_A ─┐
              └─ student ─ p_E ──────────────────────────────────── (p_E + p_A) / 2 ─┴─ ŷ where ≥ τ
        strong ─ student ─ L_un                                   L = L_sup + ξ γ_un L_un

    Args:
        aligner: Checkpoint whose ``student`` is the aligner, a stage's.
        bank: Labelled clips that are remembered, the latest ones. A class without any there is
            voted for by none, so that no mean reaches 0.7: hold all of them, better twice as many.
        neighbours: N.
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`FixedThreshold` of 0.7: a mean
            of two is rarely as sure as one.
        kwargs: See :class:`PseudoLabelling`.

    Raises:
        ValueError: an argument is out of range.
    """

    in_order = ('weak',)
    bank_steps: Tensor
    bank_labels: Tensor
    bank_place: Tensor
    labeller = dict(type='FixedThreshold', threshold=0.7)

    def __init__(
        self,
        aligner: str | None = None,
        bank: int = 256,
        neighbours: int = 5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not 1 <= neighbours <= bank:
            raise ValueError(
                f'neighbours={neighbours}, bank={bank}: wanted at least 1 neighbour, and a bank of '
                'at least as many clips'
            )
        self.begins = dict(aligner=aligner)
        self.remembers = dict(bank=bank)
        self.bank = bank
        self.neighbours = neighbours

    @property
    def reported(self) -> tuple[str, ...]:
        """All but the aligner, which knows no classes."""
        return tuple(name for name in self.networks if name != 'aligner')

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """The student, and the aligner with its score."""
        aligner = begun_with(with_score(MODELS.build(recognizer)), self.begins['aligner'])
        return {**super().build_networks(recognizer), 'aligner': aligner}

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; the bank fits the aligner."""
        super().bind(networks)
        network: Any = networks['aligner']
        shape = (self.bank, sum(network.backbone.elements), network.cls_head.in_channels)
        self.register_buffer('bank_steps', torch.zeros(shape))
        self.register_buffer('bank_labels', torch.full((self.bank,), -1))
        self.register_buffer('bank_place', torch.zeros((), dtype=torch.int64))

    def step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Remember the labelled clips, in the warm-up too."""
        labels = torch.cat([sample.gt_label for sample in samples['labelled']])
        self.remember(self.look(inputs['labelled']), labels)
        return super().step(inputs, samples, progress)

    @torch.no_grad()
    def look(self, clips: Tensor) -> Tensor:
        """What the aligner sees: float (B, 1, C, K, H, W) → float32 (B, K, D)."""
        aligner = self.networks['aligner']
        with evaluating(aligner):
            return steps_of(aligner, clips).float()

    def remember(self, steps: Tensor, labels: Tensor) -> None:
        """Write labelled clips of all ranks over the oldest: float32 (B, K, D), int64 (B, )."""
        labels = labels.to(steps.device)
        steps, labels = (torch.cat(all_gather(part))[-self.bank :] for part in (steps, labels))
        places = (self.bank_place + torch.arange(len(labels), device=labels.device)) % self.bank
        self.bank_steps[places] = steps
        self.bank_labels[places] = labels
        self.bank_place.copy_((self.bank_place + len(labels)) % self.bank)

    def voice(self, clips: Tensor) -> Tensor:
        """The nearest clips of the bank vote."""
        return self.vote(self.look(clips))

    @torch.no_grad()
    def vote(self, steps: Tensor) -> Tensor:
        """p_A of clips, float32 (B, K, D) → (B, C): their nearest vote by their scores."""
        aligner: Any = self.networks['aligner']
        with full_precision(steps):
            scores = aligner.alignability(step_cosines(steps, self.bank_steps)).sigmoid()
        scores = scores.masked_fill(self.bank_labels < 0, 0)  # places that nothing is in yet
        scores, nearest = scores.topk(self.neighbours, dim=1)
        votes = scores.new_zeros(len(steps), aligner.cls_head.num_classes)
        votes.scatter_add_(1, self.bank_labels.clamp(min=0)[nearest], scores)
        return votes / votes.sum(1, keepdim=True)
