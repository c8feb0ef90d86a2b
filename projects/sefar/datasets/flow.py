"""Optical flow between the neighbouring frames of a clip."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

BOUND = 20 / 256
"""Flow, as a share of the short side, that saturates: 20 pixels of 256, as is customary."""
REST = 128
"""Value of what stands still."""


def flow_to_next(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Flow from each frame to the next, by OpenCV's DIS (Kroeger et al., ECCV 2016).

    Args:
        frames: uint8 (H, W, 3) RGB each, neighbours of one clip.

    Yields:
        uint8 (H, W, 2), horizontal and vertical: 128 at rest, 1 and 255 from ``BOUND`` of the short
        side on. The last frame repeats the flow before it; a single one is at rest.
    """
    before = flow = None
    for frame in frames:
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        if before is not None:
            flow = _coded(before, grey)
            yield flow
        before = grey
    if before is not None:
        yield np.full((*before.shape, 2), REST, np.uint8) if flow is None else flow


def _coded(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    # Made anew: it keeps what it saw, and a clip's flow is its own.
    method = cv2.DISOpticalFlow_create(  # type: ignore[attr-defined]
        cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    )
    scale = (255 - REST) / (BOUND * min(one.shape))
    flow = np.rint(REST + scale * method.calc(one, other, None))
    return np.clip(flow, 2 * REST - 255, 255).astype(np.uint8)
