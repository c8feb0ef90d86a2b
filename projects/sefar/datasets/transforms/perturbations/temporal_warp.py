"""Temporal warping."""

import numpy as np
from mmaction.registry import TRANSFORMS

from ..functional import warp
from .base import TemporalPerturbation


@TRANSFORMS.register_module()
class TemporalWarp(TemporalPerturbation):
    """Hold 2 or 4 key frames for the whole length, or leave the clip, 1/3 each (SVFormer)."""

    follows_time = True

    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """See :func:`warp`."""
        return warp(elements, rng)
