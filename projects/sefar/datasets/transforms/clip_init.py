"""Opening of clips: a video, a part of one, or a folder of frames, as a cache would hold it."""

from typing import Any

import mmcv
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from sefar.datasets.clip_parts import open_part
from sefar.datasets.frame_cache import frame_size


@TRANSFORMS.register_module()
class ClipInit(BaseTransform):
    """Open a clip for ``DecordDecode``: ``a.mp4``, ``a.mp4#t=1.5-4``, or a folder of frames.

    Required Keys:

        - filename

    Added Keys:

        - video_reader
        - total_frames: of the part
        - start_index: first frame of the part
        - avg_fps: 0 for a folder of frames, and where frames come unevenly

    Args:
        fps: Frames a second to keep, as in :class:`FrameCache`; ``None`` keeps all.
        num_threads: Threads of the decoder.

    Raises:
        ValueError: see :func:`part_of`, :func:`frames_of` and :class:`FrameFolder`.
        OSError: it is neither a regular file nor a folder.
    """

    def __init__(self, fps: float | None = None, num_threads: int = 1) -> None:
        self.fps = fps
        self.num_threads = num_threads

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Open the clip; nothing is decoded yet."""
        reader, first, total, fps = open_part(results['filename'], self.fps, self.num_threads)
        results['start_index'], results['total_frames'] = first, total
        results['video_reader'], results['avg_fps'] = reader, fps
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(fps={self.fps}, num_threads={self.num_threads})'


@TRANSFORMS.register_module()
class LimitShortSide(BaseTransform):
    """Shrink frames as a :class:`FrameCache` with ``short_side`` holds them; small ones stay.

    A network that was trained from a cache sees the same pixels without it.

    Required Keys:

        - imgs

    Args:
        short_side: Height or width in pixels, whichever is less.
    """

    def __init__(self, short_side: int) -> None:
        self.short_side = short_side

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize by the cache's own rule."""
        height, width = results['imgs'][0].shape[:2]
        new = frame_size(height, width, self.short_side)
        if new != (height, width):
            results['imgs'] = [mmcv.imresize(img, new[::-1]) for img in results['imgs']]
        results['img_shape'] = results['original_shape'] = new
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(short_side={self.short_side})'
