"""ActorCutMix (Zou et al., CVIU 2023)."""

from dataclasses import replace
from typing import Any

import torch
from mmaction.registry import MODELS
from torch import Tensor

from sefar.elements import TUBE
from sefar.models.actor_mix import ActorMix
from sefar.models.modes import frozen_statistics
from sefar.models.pseudo_labels import PseudoLabels

from .algorithm import Inputs, Samples, Step
from .fixmatch import FixMatch


@MODELS.register_module()
class ActorCutMix(FixMatch):
    """FixMatch that, in some steps, sees actors before the scenes of others instead.

    ::

        weak ─┬─ student ─ ŷ, η = 1 where μ* ≥ 0.95
              └─ actor of a, scene of b without its actor ─┐ in a share p of the steps
        strong ────────────────────────────────────────────┴─ student ─ L_un

        L_un = η_a (λ CE(ŷ_a) + (1 - λ) CE(ŷ_b))            L = L_sup + ξ γ_un L_un

    Clips are pasted as they are, undistorted. One without an actor, with nothing else, or that
    meets itself, stays its strong view. Where the pipeline has :class:`HumanTubes`, actors are what
    they say.

    Args:
        probability: p, in [0, 1]; all clips of a step are pasted, or none.
        threshold: See :class:`ActorMix`.
        kwargs: See :class:`FixMatch`.

    Raises:
        ValueError: an argument is out of range.
    """

    tubes = ('weak',)
    least = dict(unlabelled=2)
    timed = {**FixMatch.timed, 'mixed_loss': 'mixed forward'}

    def __init__(self, probability: float = 0.5, threshold: float = 0.35, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= probability <= 1:
            raise ValueError(f'probability={probability}: wanted one in [0, 1]')
        self.probability = probability
        self.mix = ActorMix(threshold, erase=True)

    def learn(self, inputs: Inputs, samples: Samples, pseudo: PseudoLabels, xi: float) -> Step:
        """From strong views, or from pasted clips."""
        if torch.rand(()) >= self.probability:
            return super().learn(inputs, samples, pseudo, xi)
        probs = self.labels_on(pseudo, samples, 'weak').probs
        with frozen_statistics(self.student):
            loss = self.mixed_loss(inputs, pseudo, probs)
        losses = dict(loss_un=xi * self.gamma_un * loss)
        return Step(losses, self.describe(pseudo, samples, xi))

    def mixed_loss(self, inputs: Inputs, pseudo: PseudoLabels, probs: Tensor) -> Tensor:
        """L_un of pasted clips.

        Args:
            inputs: Views of the batch.
            pseudo: Labels of the strong views.
            probs: float32 (B, C) of the weak ones, whose classes a mirror may have exchanged.
        """
        clips, tubes = inputs['weak'], inputs.get(TUBE.format(view='weak'))
        tubes = self.mix.tubes(clips) if tubes is None else tubes
        mixed = self.mix(clips, tubes)
        share = tubes.flatten(1).float().mean(1)
        full = share == 1  # as a scene, nothing is left of it
        alone = mixed.partner == torch.arange(len(clips), device=clips.device)
        whole = (share == 0) | full | full[mixed.partner] | alone
        logits = self.student(
            torch.where(whole.view(-1, 1, 1, 1, 1, 1), inputs['strong'], mixed.inputs), stage='head'
        )
        ratio = torch.where(whole, 1, mixed.ratio)
        actors = torch.where(whole[:, None], pseudo.probs, probs)
        said = ((actors, ratio), (probs[mixed.partner], 1 - ratio))
        losses = [
            self.consistency(
                logits,
                replace(pseudo, probs=p, labels=p.argmax(1), weights=part * pseudo.weights),
            )
            for p, part in said
        ]
        return losses[0] + losses[1]
