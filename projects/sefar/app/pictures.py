"""Clips as pictures that any browser shows, whatever their codec."""

import io
from functools import lru_cache

import cv2
import mmcv
import numpy as np
from mmcv.transforms import Compose
from PIL import Image

from sefar.datasets.clip_parts import open_part
from sefar.elements import split_elements
from sefar.inference.trained import clip_info

FRAMES = 40
"""Frames of a film strip, at most."""
HEIGHT = 180
"""Of a frame of it, in pixels."""


def jpeg(image: np.ndarray) -> bytes:
    """An RGB image uint8 (H, W, 3) as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, 'JPEG', quality=82)
    return buffer.getvalue()


@lru_cache(maxsize=256)
def film_strip(filename: str) -> tuple[bytes, int, float]:
    """Frames of a clip side by side: JPEG, how many frames, seconds of the clip.

    Raises:
        OSError: there is no such clip.
        ValueError, RuntimeError: it cannot be read.
    """
    reader, first, total, fps = open_part(filename)
    number = min(total, FRAMES)
    chosen = first + (np.arange(number) + 0.5) * total / number
    frames = reader.get_batch(chosen.astype(int)).asnumpy()
    height, width = frames.shape[1:3]
    size = max(1, round(width * HEIGHT / height)), HEIGHT
    strip = np.concatenate([mmcv.imresize(frame, size) for frame in frames], axis=1)
    # JPEG holds no more than 65,535 pixels a side.
    if strip.shape[1] > 60000:
        strip = mmcv.imresize(strip, (number * (60000 // number), HEIGHT))
    return jpeg(strip), number, total / fps if fps else total / 15


@lru_cache(maxsize=256)
def thumbnail(filename: str) -> bytes:
    """The frame in the middle of a clip, as JPEG; errors as :func:`film_strip`."""
    reader, first, total, _ = open_part(filename)
    frame = reader.get_batch([first + total // 2]).asnumpy()[0]
    width = max(1, round(frame.shape[1] * 120 / frame.shape[0]))
    return jpeg(mmcv.imresize(frame, (width, 120)))


def seen_by_model(filename: str, pipeline: list[dict]) -> bytes:
    """The frames that the network takes, an element a row, as JPEG.

    Args:
        filename: The clip.
        pipeline: Of testing.
    """
    info = clip_info(filename)
    elements: tuple[int, ...] = ()
    for step in Compose(pipeline).transforms:
        info = step(info)
        elements = tuple(info.get('elements', elements))
        if 'inputs' in info:
            break
    frames = np.asarray(info['inputs'][0]).transpose(1, 2, 3, 0)  # (1, 3, K, H, W) → (K, H, W, 3)
    rows = split_elements(elements) if elements else [np.arange(len(frames))]
    most = max(map(len, rows))
    side = max(frames.shape[1], 96)
    canvas = np.full((len(rows) * (side + 4), most * (side + 4), 3), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, position in enumerate(row):
            top, left = y * (side + 4), x * (side + 4)
            image = cv2.resize(np.ascontiguousarray(frames[position]), (side, side))
            canvas[top : top + side, left : left + side] = image
    return jpeg(canvas)
