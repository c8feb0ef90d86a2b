"""All-reverse perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import reverse_all
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalReverseAll(TemporalPerturbation):
    """Reverse the frames inside every element, the context included (Table 4)."""

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`reverse_all`."""
        return reverse_all(elements)
