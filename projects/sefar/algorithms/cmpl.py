"""CMPL: cross-model pseudo-labelling (Xu et al., CVPR 2022)."""

from typing import Any

from mmaction.registry import MODELS
from torch import nn

from sefar.models.modes import frozen_statistics
from sefar.models.progress import Progress

from .algorithm import Inputs, Labelling, Samples, Step, changed
from .pseudo_labelling import PseudoLabelling


@MODELS.register_module()
class CMPL(PseudoLabelling):
    """Two networks of different width; each one's confident labels train the other.

    ::

        weak ─┬─ auxiliary ─ ŷ_a where μ* ≥ τ ─┐      ┌─ student ─── L_un ─ strong
              └─ student ─── ŷ_s where μ* ≥ τ ─┼──────┘
                                               └───────── auxiliary ─ L_un' ─ strong

        L = L_sup + L_sup' + ξ γ_un (L_un + L_un')

    The student predicts. Networks of different width err on different clips, so that a label is
    news to the one that learns it.

    Attributes:
        labels_back: Name of the network that labels for the auxiliary one.

    Args:
        auxiliary: What makes the auxiliary network of the student, such as
            ``dict(backbone=dict(backbone=dict(base_channels=4)), cls_head=dict(in_channels=32))``;
            the paper's has a quarter of the width.
        pseudo_labels: See :class:`PseudoLabelling`, one for either network; here a
            :class:`FixedThreshold` of 0.8.
        kwargs: See :class:`PseudoLabelling`.
    """

    trained = ('student', 'auxiliary')
    labels_by = 'auxiliary'
    labels_back = 'student'
    stronger = (('weak', 'strong'),)
    labeller = dict(type='FixedThreshold', threshold=0.8)

    def __init__(self, auxiliary: dict, pseudo_labels: dict = dict(), **kwargs: Any) -> None:
        super().__init__(pseudo_labels=pseudo_labels, **kwargs)
        self.auxiliary = auxiliary
        self.pseudo_labels_back = self.build_labeller(pseudo_labels)

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """The student, and the auxiliary network that its config is changed to."""
        networks = super().build_networks(recognizer)
        return {**networks, 'auxiliary': changed(recognizer, self.auxiliary)}

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; either network fits the labeller that asks it."""
        super().bind(networks)
        self.pseudo_labels_back.bind(networks[self.labels_back])

    def step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Label first, as :class:`FixMatch` does; then each learns from the other."""
        if not self.needs_unlabelled(progress):
            return self.labelled_step(inputs, samples)
        back = Labelling(self.networks[self.labels_back], self.pseudo_labels_back)
        of_auxiliary = self.pseudo_label(inputs, samples)
        of_student = self.pseudo_label(inputs, samples, back)
        step = self.labelled_step(inputs, samples)
        xi = self.unlabelled_weight(progress)
        step = step.merged(self.learn(inputs, samples, of_auxiliary, xi))
        auxiliary = self.networks['auxiliary']
        with frozen_statistics(auxiliary):
            logits = auxiliary(inputs['strong'], stage='head')
            loss = xi * self.gamma_un * self.consistency(logits, of_student)
        agree = (of_student.labels == of_auxiliary.labels).float().mean()
        log = dict(auxiliary_pseudo_weight=of_student.weights.mean(), networks_agree=agree)
        return step.merged(Step(dict(auxiliary_loss_un=loss), log))
