"""The interface of the temporal perturbations."""

from abc import abstractmethod
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform


class TemporalPerturbation(BaseTransform):
    """Re-order the frames of a sampled clip; the base of every temporal perturbation.

    A subclass says in :meth:`order` which frame each position shows. Place it at the head of the
    strong view's pipeline, before any spatial transform.

    Required Keys:

        - imgs (list of K frames, laid out by :class:`DualLevelSampleFrames`)
        - elements (tuple[int])

    Modified Keys:

        - imgs

    Args:
        prob: Probability of perturbing a clip, in [0, 1].

    Attributes:
        follows_time: Whether no frame is ever shown after one that was later in the video.
    """

    follows_time = False

    def __init__(self, prob: float = 1.0) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob={prob}: a probability lies in [0, 1]')
        self.prob = prob

    @abstractmethod
    def order(self, elements: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return int64 (K, ): the laid-out frame that each position shows."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Re-order ``imgs``."""
        imgs, elements = results['imgs'], results['elements']
        if len(imgs) != sum(elements):
            raise ValueError(
                f'{type(self).__name__}: {len(imgs)} frames but elements {elements}; place it '
                'after SplitViews or decoding and before crops that multiply the frames'
            )
        # The pipeline's draws all come from numpy's global generator, which the dataset seeds.
        rng = np.random.default_rng(np.random.randint(2**31, dtype=np.int64))
        if rng.random() < self.prob:
            self.perturb(results, rng)
        return results

    def perturb(self, results: dict[str, Any], rng: np.random.Generator) -> None:
        """Re-order ``imgs`` in place of the old list."""
        imgs = results['imgs']
        used: set[int] = set()
        frames = []
        for position in self.order(results['elements'], rng):
            # A held frame is copied: in-place transforms must not touch it twice.
            frame = imgs[position]
            frames.append(frame.copy() if int(position) in used else frame)
            used.add(int(position))
        results['imgs'] = frames

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob})'
