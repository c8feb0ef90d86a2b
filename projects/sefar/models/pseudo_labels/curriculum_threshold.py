"""A threshold by class that rises with what a class has learnt."""

from typing import Any

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .pseudo_labeller import PseudoLabeller, classes_of
from .running_mean import mean_over_ranks, move


@MODELS.register_module()
class CurriculumThreshold(PseudoLabeller):
    r"""Keep a pseudo label above a threshold that rises class by class.

    .. math::

        τ_c = τ \frac{β_c}{2 - β_c}, \qquad β_c = \frac{s_c}{\max_k s_k}

    with :math:`s_c` the running share of unlabelled clips that are labelled c with a confidence of
    τ (curriculum pseudo labelling: FlexMatch, Zhang et al., NeurIPS 2021, eqs. 5 to 10). Its counts
    of clips that were ever sure are running shares here, of clips that are sure now; its warm-up
    (eq. 11) holds thresholds down while most clips were never sure, and with these shares would for
    good: a phase on labels alone comes before them. A class that nobody is sure of yet has a
    threshold of 0, the one that is learnt best has τ.

    Args:
        threshold: τ in (0, 1).
        momentum: Of the running shares, in [0, 1).
        kwargs: See :class:`PseudoLabeller`.

    Attributes:
        sure: s (C, ).

    Raises:
        ValueError: an argument is out of range.
    """

    sure: Tensor

    def __init__(self, threshold: float = 0.95, momentum: float = 0.99, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < threshold < 1 or not 0 <= momentum < 1:
            raise ValueError(
                f'threshold={threshold}, momentum={momentum}: wanted a probability in (0, 1) and a '
                'momentum in [0, 1)'
            )
        self.threshold = threshold
        self.momentum = momentum

    def bind(self, network: nn.Module) -> None:
        """See the base class."""
        super().bind(network)
        self.register_buffer('sure', torch.zeros(classes_of(network)))

    def observe(self, probs: Tensor, labelled: Tensor | None) -> None:
        """Move s."""
        confidence, labels = probs.max(1)
        one_hot = torch.nn.functional.one_hot(labels, probs.shape[1])
        shares = (one_hot * (confidence >= self.threshold)[:, None]).float().mean(0)
        move(self.sure, mean_over_ranks(shares), self.momentum)

    def thresholds(self) -> Tensor:
        """τ_c (C, )."""
        learnt = self.sure / self.sure.max().clamp(min=torch.finfo(self.sure.dtype).tiny)
        return self.threshold * learnt / (2 - learnt)

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """1 where μ* reaches the label's threshold, else 0: (B, )."""
        return (confidence >= self.thresholds()[labels]).to(confidence.dtype)
