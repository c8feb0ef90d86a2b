"""All-reverse perturbation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmaction.registry import TRANSFORMS

from sefar.elements import play_backwards, reverse_all

from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalReverseAll(TemporalPerturbation):
    """Play a clip backwards.

    As a perturbation it keeps the label and reverses the frames inside every element, the context
    too (Table 4): element by element, frames stay near the times that the network knows them at.
    With a label map the reversed clip is what the sampler would draw of the video backwards, a clip
    of the class that the map gives, as ``Flip`` has it for mirrored ones, and the sample says so.

    Added Keys:

        - reversed (bool, only with a label map)

    Modified Keys:

        - imgs
        - label (only with a label map)

    Args:
        prob: Probability of reversing a clip, in [0, 1].
        label_map: ``{class: class of the reversed clip}``; a class that is not named stays itself.
    """

    def __init__(self, prob: float = 1.0, label_map: Mapping[int, int] | None = None) -> None:
        super().__init__(prob)
        self.label_map = None if label_map is None else dict(label_map)

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`reverse_all` and :func:`play_backwards`."""
        return reverse_all(elements) if self.label_map is None else play_backwards(elements)

    def perturb(self, results: dict[str, Any], rng: np.random.Generator) -> None:
        """Re-order ``imgs``, and follow the label."""
        super().perturb(results, rng)
        if self.label_map is not None:
            results['reversed'] = not results.get('reversed', False)
            results['label'] = self.label_map.get(results['label'], results['label'])

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, label_map={self.label_map})'
