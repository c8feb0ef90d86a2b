"""The temporal gradient beside the frames of a clip."""

from typing import Any

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS

from sefar.elements import GRADIENT

from .companion import AddsCompanion, Companion
from .neighbours import neighbours

REST = 128
"""Value of what does not change."""


@TRANSFORMS.register_module()
class TemporalGradient(AddsCompanion):
    """Add to every view of a clip what changes from each of its frames to the video's next.

    ::

        imgs ─────┬─ SplitViews ─ weak           uint8 (1, 3, K, H, W)
        gradient ─┘               weak_gradient  uint8 (1, 3, K, H, W), 128 + (next - this) / 2

    It shows what moves and hides what stands still (Xiao et al., CVPR 2022, who take neighbouring
    frames, not the neighbours among those that were drawn). It goes with its frames through order,
    size, crop, mirror and RandAugment's geometry, by the same draws, and is negative of what is
    played backwards. Place it between sampling and decoding (the slot ``gradient``); without a
    frame cache two frames are decoded for each.

    Required Keys:

        - see :func:`neighbours`

    Added Keys:

        - companions (dict): ``gradient``, of uint8 (H, W, 3) for each of ``frame_inds``

    Raises:
        ValueError: there is no open clip.
    """

    view_name = GRADIENT

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the gradient of each frame."""
        pictures = [cv2.addWeighted(b, 0.5, a, -0.5, REST) for a, b in neighbours(results)]
        results.setdefault('companions', {})['gradient'] = Companion(pictures, REST, turned)
        return results


def turned(picture: np.ndarray, mirrored: str | None, backwards: bool) -> np.ndarray:
    """A gradient, uint8 (H, W, 3), of a scene that is mirrored, or whose time runs backwards."""
    return -np.maximum(picture, 1) if backwards else picture  # uint8: 256 less it
