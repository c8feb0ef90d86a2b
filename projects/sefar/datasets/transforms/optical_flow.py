"""Optical flow beside the frames of a clip."""

from typing import Any

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS

from sefar.datasets.flow import REST, flow_to_next
from sefar.elements import FLOW

from .companion import AddsCompanion, Companion
from .neighbours import neighbours


@TRANSFORMS.register_module()
class OpticalFlow(AddsCompanion):
    """Add the optical flow to every view of a clip, from each of its frames to the video's next.

    ::

        imgs ─┬─ SplitViews ─ weak       uint8 (1, 3, K, H, W)
        flow ─┘               weak_flow  uint8 (1, 3, K, H, W), horizontal, vertical, length

    See :func:`flow_to_next` for its values; a length is 128 at rest. Flow goes with its frames
    through order, size, crop, mirror and RandAugment's geometry, by the same draws, and turns
    around with what is mirrored or played backwards (rotation and shear leave its directions).
    Place it between sampling and decoding (the slot ``motion``). A frame cache keeps it
    (``tools/data/cache_frames.py``); without one, two frames are decoded for each, and their flow
    is computed each time.

    Required Keys:

        - frame_inds (int64 (n, ))
        - flow (uint8 (N, H, W, 2)) from a :class:`FrameCacheInit`, or see :func:`neighbours`

    Added Keys:

        - companions (dict): ``flow``, of uint8 (H, W, 3) for each of ``frame_inds``

    Raises:
        ValueError: there is no open clip.
    """

    view_name = FLOW

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the flow of each frame."""
        if 'flow' in results:
            flow = results['flow'][results['frame_inds']]
        else:
            flow = [next(flow_to_next(pair)) for pair in neighbours(results)]
        pictures = [_with_length(picture) for picture in flow]
        results.setdefault('companions', {})['flow'] = Companion(pictures, REST, turned)
        return results


def _with_length(flow: np.ndarray) -> np.ndarray:
    away = flow - np.float32(REST)
    length = REST + cv2.magnitude(away[..., 0], away[..., 1])
    return np.dstack([flow, np.minimum(np.rint(length), 255).astype(np.uint8)])


def turned(picture: np.ndarray, mirrored: str | None, backwards: bool) -> np.ndarray:
    """Flow, uint8 (H, W, 3), of a scene that is mirrored, or whose time runs backwards.

    Args:
        picture: Flow before its pixels are mirrored.
        mirrored: Direction of a mirror, ``'horizontal'`` or ``'vertical'``.
        backwards: Whether time does.
    """
    sign = np.ones(3, np.int16)
    if mirrored is not None:
        sign[('horizontal', 'vertical').index(mirrored)] = -1
    if backwards:
        sign[:2] *= -1
    return (REST + sign * (picture.astype(np.int16) - REST)).clip(0, 255).astype(np.uint8)
