"""AdaMatch's rule."""

from typing import Any

import torch
from mmaction.registry import MODELS
from torch import Tensor

from .pseudo_labeller import PseudoLabeller
from .running_mean import mean_over_ranks


@MODELS.register_module()
class RelativeThreshold(PseudoLabeller):
    """Keep a pseudo label whose confidence reaches a share of that on the batch's labelled clips.

    The threshold is ``share · mean max p`` of the labelled clips, weakly perturbed (AdaMatch,
    Berthelot et al., ICLR 2022, section 3.3).

    Args:
        share: τ in (0, 1]; 0.9 as published.
        kwargs: See :class:`PseudoLabeller`.

    Raises:
        ValueError: the share is out of range.
    """

    level: Tensor
    wants_labelled = True

    def __init__(self, share: float = 0.9, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < share <= 1:
            raise ValueError(f'share={share}: wanted one in (0, 1]')
        self.share = share
        self.register_buffer('level', torch.tensor(0.0))

    def observe(self, probs: Tensor, labelled: Tensor | None) -> None:
        """Take the batch's threshold."""
        level = self.share * mean_over_ranks(labelled.max(1).values.mean())
        self.level.copy_(level)

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """1 where μ* reaches the threshold, else 0: (B, )."""
        return (confidence >= self.level).to(confidence.dtype)
