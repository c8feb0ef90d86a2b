"""T-Drop perturbation."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import drop_frames
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalDrop(TemporalPerturbation):
    """Drop each frame with ``drop_prob`` and hold the previous one (Table 4, "T-Drop").

    Args:
        drop_prob: Probability of dropping a frame, in [0, 1].
        prob: See :class:`TemporalPerturbation`.
    """

    follows_time = True

    def __init__(self, drop_prob: float = 0.5, prob: float = 1.0) -> None:
        super().__init__(prob)
        if not 0 <= drop_prob <= 1:
            raise ValueError(f'drop_prob={drop_prob}: a probability lies in [0, 1]')
        self.drop_prob = drop_prob

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`drop_frames`."""
        return drop_frames(elements, self.drop_prob, rng)
