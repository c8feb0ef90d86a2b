"""Moderate temporal perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import reverse_elements
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalReverseElements(TemporalPerturbation):
    """Reverse the frames inside each fine-grained element, keep the context (Eq. 6).

    Args:
        prob: Probability of perturbing a clip, in [0, 1].
        label_map: None: the context keeps its order, so that the clip is of no other class.

    Raises:
        ValueError: a label map is given.
    """

    def __init__(self, prob: float = 1.0, label_map: None = None) -> None:
        if label_map is not None:
            raise ValueError(
                'TemporalReverseElements takes no label_map: its context keeps the order, so the '
                'clip is of no other class; take TemporalReverseAll'
            )
        super().__init__(prob)

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`reverse_elements`."""
        return reverse_elements(elements)
