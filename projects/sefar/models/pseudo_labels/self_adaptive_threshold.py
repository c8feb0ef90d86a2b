"""FreeMatch's rule."""

from typing import Any

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .pseudo_labeller import PseudoLabeller, classes_of
from .running_mean import mean_over_ranks, move


@MODELS.register_module()
class SelfAdaptiveThreshold(PseudoLabeller):
    r"""Keep a pseudo label above a threshold that follows the network, class by class.

    .. math::

        τ_c = \frac{\tilde p_c}{\max_k \tilde p_k} \, τ

    with :math:`τ` the running mean of the confidence and :math:`\tilde p` that of the predictions
    (FreeMatch, Wang et al., ICLR 2023, eqs. 5 to 8). Both begin at 1 / C.

    Args:
        momentum: Of the running means, in [0, 1); 0.999 as published, for runs of a million steps.
        kwargs: See :class:`PseudoLabeller`.

    Attributes:
        level: τ.
        class_mean: p̃ (C, ).
        label_share: h̃ (C, ), the running shares of the pseudo labels, which fairness wants.

    Raises:
        ValueError: the momentum is out of range.
    """

    level: Tensor
    class_mean: Tensor
    label_share: Tensor

    def __init__(self, momentum: float = 0.999, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= momentum < 1:
            raise ValueError(f'momentum={momentum}: wanted one in [0, 1)')
        self.momentum = momentum

    def bind(self, network: nn.Module) -> None:
        """See the base class."""
        super().bind(network)
        classes = classes_of(network)
        self.register_buffer('level', torch.tensor(1 / classes))
        self.register_buffer('class_mean', torch.full((classes,), 1 / classes))
        self.register_buffer('label_share', torch.full((classes,), 1 / classes))

    def observe(self, probs: Tensor, labelled: Tensor | None) -> None:
        """Move τ, p̃ and h̃."""
        confidence, labels = probs.max(1)
        shares = torch.nn.functional.one_hot(labels, probs.shape[1]).float().mean(0)
        for name, value in (
            ('level', confidence.mean()),
            ('class_mean', probs.mean(0)),
            ('label_share', shares),
        ):
            move(getattr(self, name), mean_over_ranks(value), self.momentum)

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """1 where μ* reaches the threshold of its class, else 0: (B, )."""
        thresholds = self.level * self.class_mean / self.class_mean.max()
        return (confidence >= thresholds[labels]).to(confidence.dtype)
