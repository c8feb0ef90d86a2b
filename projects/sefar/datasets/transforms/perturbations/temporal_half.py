"""T-Half perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import drop_half
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalHalf(TemporalPerturbation):
    """Drop one half of the clip and hold the other half's frames (Table 4, "T-Half")."""

    follows_time = True

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`drop_half`."""
        return drop_half(elements, rng)
