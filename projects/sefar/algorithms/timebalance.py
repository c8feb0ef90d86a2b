"""TimeBalance (Dave et al., CVPR 2023)."""

from typing import Any

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.modes import evaluating, frozen_statistics
from sefar.models.moments import check_moments, encode_parts
from sefar.models.progress import Progress

from .algorithm import Algorithm, Inputs, Samples, Step, begun_with


@MODELS.register_module()
class TimeBalance(Algorithm):
    r"""Two frozen teachers, mixed for each clip by how alike its moments are, teach a student.

    ::

        clip ─┬─ invariant teacher ── p_I ─┐
              ├─ distinctive teacher ─ p_D ─┴─ p = s p_I + (1 - s) p_D ─┐
              └─ student ─ q ───────────────────────────────────────────┴─ L_dis = |q - p|² / C

        s = mean cosine of two moments of the clip, to the distinctive teacher; 0 where below it

        L = L_sup + γ_lab L_dis labelled + γ_weak L_dis weak

    A clip whose moments look alike is told by what stays, the other one by what comes when. To the
    invariant teacher all moments are alike: that is what it was trained for.

    Args:
        invariant: Checkpoint whose ``student`` is the first teacher, a stage's.
        distinctive: Checkpoint whose ``student`` is the second one.
        parts: Moments of a clip, at least 2.
        gamma_labelled: γ_lab, at least 0; a clip's L_dis is a mean over C classes.
        gamma_weak: γ_weak, likewise; both are those of the authors' code.

    Raises:
        ValueError: an argument is out of range, or does not fit the clips.
    """

    views = in_order = ('weak',)
    timed = {'labelled_step': 'labelled forward', 'teach': 'teachers'}

    def __init__(
        self,
        invariant: str | None = None,
        distinctive: str | None = None,
        parts: int = 4,
        gamma_labelled: float = 50.0,
        gamma_weak: float = 100.0,
    ) -> None:
        super().__init__()
        self.gammas = dict(labelled=gamma_labelled, weak=gamma_weak)
        for view, gamma in self.gammas.items():
            if not gamma >= 0:
                raise ValueError(f'gamma_{view}={gamma}: wanted a weight of at least 0')
        self.begins = dict(invariant=invariant, distinctive=distinctive)
        self.parts = parts

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """The student and its teachers."""
        networks = super().build_networks(recognizer)
        for name, checkpoint in self.begins.items():
            networks[name] = begun_with(MODELS.build(recognizer), checkpoint)
        return networks

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; clips must have as many moments."""
        super().bind(networks)
        check_moments(networks['distinctive'], self.parts)

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup, and L_dis of labelled clips."""
        return super().labelled_step(inputs, samples).merged(self.distil(inputs, 'labelled'))

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """L_dis of the pool."""
        return self.distil(inputs, 'weak')

    def distil(self, inputs: Inputs, view: str) -> Step:
        """L_dis of a view by its γ; the batch norms have seen labelled clips by then."""
        target, alike, agree = self.teach(inputs[view])
        with frozen_statistics(self.student):
            logits = self.student(inputs[view], stage='head')
        with full_precision(logits):
            loss = F.mse_loss(logits.float().softmax(1), target)
        log = {f'{view}_alike': alike.mean(), f'{view}_teachers_agree': agree.float().mean()}
        return Step({f'{view}_loss_distil': self.gammas[view] * loss}, log)

    @torch.no_grad()
    def teach(self, clips: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the teachers say together of clips (B, 1, C, K, H, W).

        Returns:
            p float32 (B, C), s float32 (B, ), and bool (B, ) where both name the same class.
        """
        said = []
        for name in self.begins:
            network: Any = self.networks[name]
            with evaluating(network):
                said.append(network(clips, stage='head').float().softmax(1))
                if name == 'distinctive':
                    moments = encode_parts(network, clips, self.parts).float().mean((3, 4))
        alike = likeness(moments)
        invariant, distinctive = said
        mixed = alike[:, None] * invariant + (1 - alike)[:, None] * distinctive
        return mixed, alike, invariant.argmax(1) == distinctive.argmax(1)


def likeness(moments: Tensor) -> Tensor:
    """Mean cosine of all pairs of a clip's moments, at least 0: float (B, P, D) → (B, )."""
    with full_precision(moments):
        unit = F.normalize(moments.float(), dim=2)
        cosines = unit @ unit.transpose(1, 2)
    parts = moments.shape[1]
    pairs = cosines.sum((1, 2)) - cosines.diagonal(dim1=1, dim2=2).sum(1)
    return (pairs / (parts * (parts - 1))).clamp(min=0)
