"""Drawn frames of an open clip and the frames after them."""

from typing import Any

import numpy as np


def neighbours(results: dict[str, Any]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each drawn frame and the video's next one; for the last frame the pair before it.

    Args:
        results: Of a pipeline between sampling and decoding: ``frame_inds`` int64 (n, ), and
            ``array`` uint8 (N, H, W, 3) of a :class:`FrameCacheInit`, or ``video_reader``.

    Returns:
        n pairs of uint8 (H, W, 3); twice the frame of a clip of one.

    Raises:
        ValueError: there is neither a cache nor an open clip.
    """
    array, reader = results.get('array'), results.get('video_reader')
    clip = reader if array is None else array
    if clip is None:
        raise ValueError('found no open clip; place the step between sampling and decoding')
    last = len(clip) - 1
    starts = np.minimum(results['frame_inds'], max(last - 1, 0))
    pairs = np.stack([starts, np.minimum(starts + 1, last)], 1)
    wanted, places = np.unique(pairs, return_inverse=True)
    frames = array[wanted] if array is not None else reader.get_batch(wanted).asnumpy()
    return [(frames[one], frames[other]) for one, other in places.reshape(-1, 2)]
