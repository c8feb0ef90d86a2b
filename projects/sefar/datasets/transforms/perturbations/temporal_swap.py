"""Exchange of neighbours."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import swap_neighbours
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalSwap(TemporalPerturbation):
    """Exchange frames that follow each other in time; the fine view of TACL, a form of ours."""

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`swap_neighbours`."""
        return swap_neighbours(elements, rng)
