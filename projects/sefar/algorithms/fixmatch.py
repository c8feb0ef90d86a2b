"""FixMatch (Sohn et al., NeurIPS 2020)."""

from mmaction.registry import MODELS
from torch import nn

from sefar.models.progress import Progress

from .algorithm import Inputs, Samples, Step
from .pseudo_labelling import PseudoLabelling


@MODELS.register_module()
class FixMatch(PseudoLabelling):
    """One network: its confident labels of the weak view train it on the strong view.

    ::

        weak ─── student, as the last step left it ─ ŷ where μ* ≥ 0.95 ─┐
        labelled ── student ── L_sup                                    │
        strong ──── student ────────────────────────────────────────────┴─ L_un

        L = L_sup + ξ γ_un L_un

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`FixedThreshold` of 0.95.
        kwargs: See :class:`PseudoLabelling`.

    Raises:
        ValueError: a method built on it has an ``unlabelled_step``, to which no step would come.
    """

    stronger: tuple[tuple[str, str], ...] = (('weak', 'strong'),)
    labeller = dict(type='FixedThreshold', threshold=0.95)

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class."""
        super().bind(networks)
        if type(self).unlabelled_step is not PseudoLabelling.unlabelled_step:
            raise ValueError(
                f'{type(self).__name__}.unlabelled_step: FixMatch, which labels before labelled '
                'clips pass, does not come to it; write unlabelled_losses or learn'
            )

    def step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Label first: the labelled forward moves the batch norms that labelling reads."""
        if not self.needs_unlabelled(progress):
            return self.labelled_step(inputs, samples)
        pseudo = self.pseudo_label(inputs, samples)
        step = self.labelled_step(inputs, samples)
        return step.merged(self.learn(inputs, samples, pseudo, self.unlabelled_weight(progress)))
