"""FreeMatch (Wang et al., ICLR 2023)."""

from typing import Any

import torch
from mmaction.registry import MODELS
from torch import Tensor

from sefar.models.full_precision import full_precision
from sefar.models.pseudo_labels import PseudoLabels, SelfAdaptiveThreshold

from .algorithm import Inputs
from .fixmatch import FixMatch


@MODELS.register_module()
class FreeMatch(FixMatch):
    """FixMatch with a threshold that follows the network, and a push towards fair classes.

    ::

        L = L_sup + ξ (γ_un L_un + γ_fair L_fair)

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`SelfAdaptiveThreshold`, whose
            running means fairness reads.
        gamma_fair: Weight of L_fair, at least 0; 0.001 to 0.05 as published.
        kwargs: See :class:`PseudoLabelling`.

    Raises:
        ValueError: an argument is out of range.
    """

    timed = {
        'labelled_step': 'labelled forward',
        'pseudo_label': 'pseudo labels',
        'unlabelled_losses': 'strong forward',
    }
    labeller = dict(type='SelfAdaptiveThreshold')
    pseudo_labels: SelfAdaptiveThreshold

    def __init__(self, gamma_fair: float = 0.001, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not gamma_fair >= 0 or not isinstance(self.pseudo_labels, SelfAdaptiveThreshold):
            raise ValueError(
                f'FreeMatch: gamma_fair={gamma_fair} with a {type(self.pseudo_labels).__name__}; '
                'wanted a weight of at least 0 and a SelfAdaptiveThreshold'
            )
        self.gamma_fair = gamma_fair

    def unlabelled_losses(
        self, inputs: Inputs, pseudo: PseudoLabels, xi: float
    ) -> dict[str, Tensor]:
        """ξ γ_un L_un and ξ γ_fair L_fair, from one pass over the strong view."""
        logits = self.student(inputs['strong'], stage='head')
        rule = self.pseudo_labels
        with full_precision(logits):
            fair = fairness(
                logits.float().softmax(1), pseudo.weights > 0, rule.class_mean, rule.label_share
            )
        return dict(
            loss_un=xi * self.gamma_un * self.consistency(logits, pseudo),
            loss_fair=xi * self.gamma_fair * fair,
        )


def fairness(probs: Tensor, kept: Tensor, class_mean: Tensor, label_share: Tensor) -> Tensor:
    r"""L_fair: the predicted classes of kept clips against their running means (eqs. 9 to 11).

    .. math::

        L_f = \sum_c s(\tilde p / \tilde h)_c \log s(\bar p / \bar h)_c

    with p̄ and h̄ the mean prediction and the shares of predicted classes of the kept strong views,
    p̃ and h̃ the running ones, and s the division by the sum. A class that is not there counts 0.

    Args:
        probs: float32 (B, C), predictions of the strong views.
        kept: bool (B, ).
        class_mean: p̃ (C, ).
        label_share: h̃ (C, ).

    Returns:
        Scalar; 0 where no clip is kept.
    """
    number = kept.sum().clamp(min=1)
    mean = (probs * kept[:, None]).sum(0) / number
    one_hot = torch.nn.functional.one_hot(probs.argmax(1), probs.shape[1])
    shares = (one_hot * kept[:, None]).sum(0) / number
    target = _normalised(class_mean * _inverse(label_share))
    found = _normalised(mean * _inverse(shares))
    return (target * (found + 1e-12).log()).sum() * kept.any()


def _inverse(shares: Tensor) -> Tensor:
    return torch.where(shares > 0, 1 / shares.clamp(min=1e-12), 0.0)


def _normalised(values: Tensor) -> Tensor:
    return values / values.sum().clamp(min=1e-12)
