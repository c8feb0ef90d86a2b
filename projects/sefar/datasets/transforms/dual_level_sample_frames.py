"""Sampling of a clip into dual-level temporal elements."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from sefar.elements import ELEMENTS, check_elements, element_segments

from .functional import segment_frames


@TRANSFORMS.register_module()
class DualLevelSampleFrames(BaseTransform):
    """Sample a clip into fine-grained elements and one context element.

    The whole clip is cut into ``K = sum(elements)`` equal segments and one frame is drawn in each:
    at random in training, the centre in testing. The frames are laid out element after element, so
    every later MMAction2 transform sees an ordinary clip of ``K`` frames (paper, "Dual-level
    Temporal Elements", Eq. 5). A clip of fewer than ``K`` frames, down to one, repeats frames in
    order.

    With several ``views`` each view draws its own frames; ``frame_inds`` is then the sorted union,
    which is decoded once, and :class:`SplitViews` gives each view its share.

    Required Keys:

        - total_frames
        - start_index

    Added Keys:

        - frame_inds (int64 array of (num_clips * K, ) or, with views, of the union's length)
        - elements (tuple[int])
        - clip_len (int): K
        - num_clips (int)
        - frame_interval (None, as MMAction2's samplers set it)
        - view_inds (dict of int64 arrays, only with views): positions in ``frame_inds``

    Args:
        elements: Lengths in frames, fine-grained elements first, the context element last.
        views: Names of views that draw their own frames. Defaults to none: a single clip.
        num_clips: Clips per video when testing; clip ``v`` of ``V`` takes the point
            ``(v + 0.5) / V`` of each segment, so that 1 gives the centre.
        test_mode: Centred, without any randomness.
    """

    def __init__(
        self,
        elements: Sequence[int] = ELEMENTS,
        views: Sequence[str] = (),
        num_clips: int = 1,
        test_mode: bool = False,
    ) -> None:
        self.elements = check_elements(elements)
        self.segments = np.concatenate(element_segments(self.elements))
        self.views = tuple(views)
        self.num_clips = num_clips
        self.test_mode = test_mode
        if num_clips < 1 or (num_clips > 1 and (views or not test_mode)):
            raise ValueError(
                f'num_clips={num_clips}: several clips are for testing only '
                '(test_mode=True, no views); use 1 in training'
            )
        if views and test_mode:
            raise ValueError(f'views={self.views}: testing takes one view; drop views')

    def _draw(self, num_frames: int) -> np.ndarray:
        if self.test_mode:
            points = (np.arange(self.num_clips)[:, None] + 0.5) / self.num_clips
            offsets = np.broadcast_to(points, (self.num_clips, len(self.segments)))
        else:
            offsets = np.random.random_sample(len(self.segments))
        return segment_frames(num_frames, offsets)[..., self.segments].reshape(-1)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the indices of the frames to decode."""
        num_frames, start = results['total_frames'], results['start_index']
        if self.views:
            drawn = {view: self._draw(num_frames) for view in self.views}
            union = np.unique(np.concatenate(list(drawn.values())))
            results['view_inds'] = {v: np.searchsorted(union, inds) for v, inds in drawn.items()}
            results['frame_inds'] = union + start
        else:
            results['frame_inds'] = self._draw(num_frames) + start
        results['elements'] = self.elements
        results['clip_len'] = len(self.segments)
        results['num_clips'] = self.num_clips
        results['frame_interval'] = None
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(elements={self.elements}, views={self.views}, '
            f'num_clips={self.num_clips}, test_mode={self.test_mode})'
        )
