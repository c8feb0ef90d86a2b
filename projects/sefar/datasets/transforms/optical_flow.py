"""Optical flow of views, as views of their own."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from sefar.elements import FLOW, time_order


@TRANSFORMS.register_module()
class OpticalFlow(BaseTransform):
    """Add the optical flow of every view, by OpenCV's DIS (Kroeger et al., ECCV 2016).

    ::

        weak (1, 3, K, H, W) ─ frame to next frame in time ─► weak_flow (1, 3, K, H, W)

    It is computed of the view itself, after its crop, so that it shows what the view shows; the
    last frame in time repeats the flow before it. Channels are horizontal, vertical and the length,
    128 at rest; ``bound`` of the frame's short side saturates. Views have to be perturbed in space
    alike in all their frames, and not in time.

    It is computed each time and not kept: frames are drawn anew in every epoch, and at 64 pixels a
    view of eight frames takes 7 ms.

    Required Keys:

        - flipped, reversed (dict[str, bool] each): their keys are the views
        - elements (tuple[int])
        - one key a view: uint8 (1, 3, K, H, W)

    Added Keys:

        - ``VIEW_flow`` of each view, uint8 (1, 3, K, H, W), in ``flipped`` and ``reversed`` too

    Args:
        bound: Flow, as a share of the short side, that gives 0 or 255.

    Raises:
        ValueError: the bound is out of range.
    """

    def __init__(self, bound: float = 0.1) -> None:
        if not 0 < bound <= 1:
            raise ValueError(f'bound={bound}: wanted a share of the short side in (0, 1]')
        self.bound = bound

    def adds(self, views: Iterable[str]) -> Mapping[str, str]:
        """Views that it adds, by name, and those that they are of."""
        return {FLOW.format(view=view): view for view in views}

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the flow of each view."""
        order = time_order(results['elements'])
        for flow, view in self.adds(results['flipped']).items():
            results[flow] = self.flow_of(results[view], order)
            for done in ('flipped', 'reversed'):
                results[done][flow] = results[done][view]
        return results

    def flow_of(self, view: np.ndarray, order: Sequence[int]) -> np.ndarray:
        """Flow of a view whose frames follow in ``order``, uint8 (1, 3, K, H, W) like it."""
        frames = view[0].transpose(1, 2, 3, 0)  # (K, H, W, 3)
        # Made anew: it keeps what it saw, and a pickled pipeline cannot carry it.
        method = cv2.DISOpticalFlow_create(  # type: ignore[attr-defined]
            cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
        )
        grey = [cv2.cvtColor(frames[place], cv2.COLOR_RGB2GRAY) for place in order]
        moved = [method.calc(one, other, None) for one, other in pairwise(grey)]
        moved += moved[-1:] or [np.zeros((*grey[0].shape, 2), np.float32)]
        scale = 127 / (self.bound * min(grey[0].shape))
        flow = np.empty_like(frames)
        for place, field in zip(order, moved, strict=True):
            length = np.linalg.norm(field, axis=-1, keepdims=True)
            channels = np.concatenate([field, length], -1)
            flow[place] = np.clip(np.rint(128 + scale * channels), 0, 255).astype(np.uint8)
        return flow.transpose(3, 0, 1, 2)[None]

    def __repr__(self) -> str:
        return f'{type(self).__name__}(bound={self.bound})'
