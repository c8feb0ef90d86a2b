"""All-shuffle perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import shuffle_all
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalShuffleAll(TemporalPerturbation):
    """Shuffle all K frames (Table 4, "All shuffle")."""

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`shuffle_all`."""
        return shuffle_all(elements, rng)
