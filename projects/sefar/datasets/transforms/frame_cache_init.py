"""Frames from a cache instead of a decoder."""

from typing import TYPE_CHECKING, Any

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from sefar.datasets.clip_parts import frames_of, part_of

if TYPE_CHECKING:
    from sefar.datasets.frame_cache import FrameCache


@TRANSFORMS.register_module()
class FrameCacheInit(BaseTransform):
    """Open a clip in a frame cache; stands in ``DecordInit``'s place before ``ArrayDecode``.

    Required Keys:

        - filename

    Added Keys:

        - array (uint8 (N, H, W, 3), read-only)
        - total_frames
        - start_index
        - avg_fps
        - flow (uint8 (N, H, W, 2), read-only; where it is asked for)

    Args:
        folder: See :class:`FrameCache`.
        short_side: Likewise.
        fps: Likewise.
        flow: Likewise.

    Raises:
        CacheMissError: see :class:`FrameCache`.
    """

    def __init__(
        self,
        folder: str,
        short_side: int | None = None,
        fps: float | None = None,
        flow: bool = False,
    ) -> None:
        self.options = folder, short_side, fps, flow
        # A cache that is not there stops here, not at the first clip; and its index is read here,
        # once, not in each of the workers that are copied from this process.
        self.cache.index  # noqa: B018

    @property
    def cache(self) -> 'FrameCache':
        """The cache, opened once in each process."""
        from sefar.datasets.frame_cache import open_cache  # who reads none does not load it

        return open_cache(*self.options)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the clip's frames, which nothing has read yet."""
        part = part_of(results['filename'])
        clip = self.cache[part.file]
        results['array'] = clip.frames
        results['start_index'], results['total_frames'] = frames_of(
            part, len(clip.frames), clip.fps
        )
        results['avg_fps'] = clip.fps
        if clip.flow is not None:
            results['flow'] = clip.flow
        return results

    def __repr__(self) -> str:
        folder, short_side, fps, flow = self.options
        return (
            f'{type(self).__name__}(folder={folder!r}, short_side={short_side}, fps={fps}, '
            f'flow={flow})'
        )
