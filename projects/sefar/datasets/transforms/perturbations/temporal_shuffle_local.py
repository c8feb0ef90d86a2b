"""Local-shuffle perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import shuffle_local
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalShuffleLocal(TemporalPerturbation):
    """Shuffle the frames inside each element (Table 4, "Local-shuffle")."""

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`shuffle_local`."""
        return shuffle_local(elements, rng)
