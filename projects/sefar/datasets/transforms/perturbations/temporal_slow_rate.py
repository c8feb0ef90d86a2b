"""Slow-rate perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import slow_rate
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalSlowRate(TemporalPerturbation):
    """Show fewer distinct frames and hold each (Table 7, "Slow-rate").

    Args:
        rate: Times each frame is held, a whole number of at least 1.
        prob: See :class:`TemporalPerturbation`.
    """

    follows_time = True

    def __init__(self, rate: int = 2, prob: float = 1.0) -> None:
        super().__init__(prob)
        if rate < 1:
            raise ValueError(f'rate={rate}: wanted a whole number of at least 1')
        self.rate = rate

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`slow_rate`."""
        return slow_rate(elements, self.rate, rng)
