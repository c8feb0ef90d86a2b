"""FixMatch's rule."""

from typing import Any

from mmaction.registry import MODELS
from torch import Tensor

from .pseudo_labeller import PseudoLabeller


@MODELS.register_module()
class FixedThreshold(PseudoLabeller):
    """Keep a pseudo label where the confidence reaches a threshold (paper, Fig. 4b).

    Args:
        threshold: In [0, 1); 0.3 or 0.95 in the paper.
        kwargs: See :class:`PseudoLabeller`.

    Raises:
        ValueError: the threshold is out of range.
    """

    def __init__(self, threshold: float = 0.95, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= threshold < 1:
            raise ValueError(f'threshold={threshold}: wanted a probability in [0, 1)')
        self.threshold = threshold

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """1 where μ* reaches the threshold, else 0: (B, )."""
        return (confidence >= self.threshold).to(confidence.dtype)
