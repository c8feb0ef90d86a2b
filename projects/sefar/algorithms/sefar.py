"""SeFAR (Huang et al., AAAI 2025)."""

from typing import Any

from mmaction.registry import MODELS
from torch import Tensor

from sefar.elements import TUBE
from sefar.models.actor_mix import ActorMix
from sefar.models.pseudo_labels import PseudoLabels

from .algorithm import Inputs
from .teacher_student import TeacherStudent


@MODELS.register_module()
class SeFAR(TeacherStudent):
    """Pseudo labels of a mean teacher, weighed by how sure and how steady it is.

    ::

        L = L_sup + ξ (γ_un η L_un + γ_mix η' L_mix)                          (Eq. 8)

    L_sup (Eq. 2) is of the labelled clips, L_un of the strong view under the labels and weights η
    that the teacher gives the weak one (Eq. 7), L_mix of strong views mixed in pairs.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here :class:`AdaptiveRegulationLoss`.
        mix: Config of the mixing; ``None`` trains without L_mix.
        mix_loss: Config of the loss on mixed clips.
        gamma_mix: γ_mix, at least 0; 1 in Eq. 8, 2 in the authors' code.
        kwargs: See :class:`TeacherStudent`.

    Raises:
        ValueError: an argument is out of range.
    """

    stronger = (('weak', 'strong'),)
    timed = {**TeacherStudent.timed, 'mix_consistency': 'mixed forward'}
    labeller = dict(type='AdaptiveRegulationLoss')

    def __init__(
        self,
        mix: dict | None = dict(type='TubeMix'),
        mix_loss: dict = dict(type='MixLoss'),
        gamma_mix: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not gamma_mix >= 0:
            raise ValueError(f'gamma_mix={gamma_mix}: wanted a weight of at least 0')
        self.mix = MODELS.build(mix) if mix is not None else None
        if isinstance(self.mix, ActorMix):
            self.tubes = (*self.tubes, 'strong')
        if self.mix is not None:  # of two clips of a step
            self.least = {**self.least, 'unlabelled': 2}
        self.mix_loss = MODELS.build(mix_loss)
        self.gamma_mix = gamma_mix

    def unlabelled_losses(
        self, inputs: Inputs, pseudo: PseudoLabels, xi: float
    ) -> dict[str, Tensor]:
        """ξ γ_un η L_un and ξ γ_mix η' L_mix."""
        losses = super().unlabelled_losses(inputs, pseudo, xi)
        if self.mix is not None:
            mixed = self.mix_consistency(inputs, pseudo)
            losses['loss_mix'] = xi * self.gamma_mix * mixed
        return losses

    def mix_consistency(self, inputs: Inputs, pseudo: PseudoLabels) -> Tensor:
        """η' · L_mix: the student on pairs of clips against the mixed predictions."""
        tubes = (inputs.get(TUBE.format(view='strong')),) if isinstance(self.mix, ActorMix) else ()
        mixed = self.mix(inputs['strong'], *tubes)
        logits = self.student(mixed.inputs, stage='head')
        targets = mixed.blend(self.mix_targets(pseudo))
        return self.mix_loss(logits, targets, mixed.blend(pseudo.weights))

    def mix_targets(self, pseudo: PseudoLabels) -> Tensor:
        """What is mixed as the clips are: p̄, float32 (B, C)."""
        return pseudo.probs
