"""TACL: temporal augmentation with a curriculum (Tong et al., TCSVT 2023)."""

from mmaction.registry import MODELS

from sefar.models.modes import frozen_statistics
from sefar.models.pseudo_labels import PseudoLabels

from .algorithm import Inputs, Samples, Step
from .fixmatch import FixMatch


@MODELS.register_module()
class TACL(FixMatch):
    """FixMatch on two strong views, of coarse and of fine temporal perturbation.

    ::

        weak ── student ─ ŷ where μ* ≥ τ_c, which rises class by class ┐
        strong ─ perturbed in tempo, the clip's timeline ─ student ────┼─ L_un, mean of the two
        fine ─── neighbouring frames exchanged ─────────── student ────┘

        L = L_sup + ξ γ_un L_un

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`CurriculumThreshold`.
        kwargs: See :class:`PseudoLabelling`.
    """

    views = ('weak', 'strong', 'fine')
    stronger = (('weak', 'strong'), ('weak', 'fine'))
    labeller = dict(type='CurriculumThreshold')

    def learn(self, inputs: Inputs, samples: Samples, pseudo: PseudoLabels, xi: float) -> Step:
        """ξ γ_un L_un of both strong views, under the labels as they hold on each."""
        on_fine = self.labels_on(pseudo, samples, 'fine')
        with frozen_statistics(self.student):
            coarse = self.consistency_loss(inputs['strong'], pseudo)
            fine = self.consistency_loss(inputs['fine'], on_fine)
        loss = xi * self.gamma_un * (coarse + fine) / 2
        log = dict(coarse=coarse.detach(), fine=fine.detach())
        return Step(dict(loss_un=loss), self.describe(pseudo, samples, xi) | log)
