"""Moderate temporal perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import reverse_elements
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalReverseElements(TemporalPerturbation):
    """Reverse the frames inside each fine-grained element, keep the context (Eq. 6)."""

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`reverse_elements`."""
        return reverse_elements(elements)
