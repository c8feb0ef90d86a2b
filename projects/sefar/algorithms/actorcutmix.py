"""ActorCutMix (Zou et al., CVIU 2023)."""

from dataclasses import replace
from typing import Any

from mmaction.registry import MODELS
from torch import Tensor

from sefar.elements import TUBE
from sefar.models.pseudo_labels import PseudoLabels

from .algorithm import Inputs
from .fixmatch import FixMatch


@MODELS.register_module()
class ActorCutMix(FixMatch):
    """FixMatch on strong views whose actors stand before the scenes of others.

    ::

        weak ─── student ─ ŷ, η = 1 where μ* ≥ 0.95
        strong ─ actor of a, scene of b ─ student ─ L_un = λ η_a CE(ŷ_a) + (1 - λ) η_b CE(ŷ_b)

        L = L_sup + ξ γ_un L_un

    Where the pipeline has :class:`HumanTubes`, actors are what they say.

    Args:
        mix: Config of the mixing, an :class:`ActorMix` by default.
        kwargs: See :class:`FixMatch`.
    """

    stages = {**FixMatch.stages, 'mixed_loss': 'mixed forward'}

    def __init__(self, mix: dict = dict(type='ActorMix'), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mix = MODELS.build(mix)

    def unlabelled_losses(
        self, inputs: Inputs, pseudo: PseudoLabels, xi: float
    ) -> dict[str, Tensor]:
        """ξ γ_un L_un of mixed strong views."""
        return dict(loss_un=xi * self.gamma_un * self.mixed_loss(inputs, pseudo))

    def mixed_loss(self, inputs: Inputs, pseudo: PseudoLabels) -> Tensor:
        """L_un."""
        mixed = self.mix(inputs['strong'], inputs.get(TUBE.format(view='strong')))
        logits = self.student(mixed.inputs, stage='head')
        actor = replace(pseudo, weights=mixed.ratio * pseudo.weights)
        scene = replace(
            pseudo,
            probs=pseudo.probs[mixed.partner],
            labels=pseudo.labels[mixed.partner],
            weights=(1 - mixed.ratio) * pseudo.weights[mixed.partner],
        )
        return self.consistency(logits, actor) + self.consistency(logits, scene)
