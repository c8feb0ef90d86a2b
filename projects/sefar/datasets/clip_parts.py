"""What a clip's name can mean: a video, a part of one, or a folder of frames."""

import os
import re
from typing import Any, NamedTuple

import cv2
import mmcv
import numpy as np

from .clip_probe import rate_of
from .video import Video

FRAME_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp')
VIDEO_SUFFIXES = {
    *('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv', '.flv', '.3gp')
}
ROUNDING = 1.0
"""Seconds by which a part may end after its video: tables and containers round."""

UNTIMED = (
    'is a folder of frames, or its frames come at an uneven rate, so that seconds say nothing; '
    'tools/data/resize_clips.py writes videos at an even one'
)

_FRAGMENT = re.compile(r'(?P<file>.+)#t=(?P<start>\d+(\.\d+)?)-(?P<end>\d+(\.\d+)?)')


class NoFramesError(ValueError, OSError):
    """There are no frames to read: as good as a broken file."""


class Part(NamedTuple):
    """What a clip's name says.

    Attributes:
        file: Video or folder of frames.
        start: Seconds from its beginning, ``None`` for the whole.
        end: Likewise; what lies at it is no more part of the clip.
    """

    file: str
    start: float | None = None
    end: float | None = None

    def __str__(self) -> str:
        if self.start is None or self.end is None:
            return self.file
        # Not 1e-05, which would be no second.
        times = (np.format_float_positional(t, 9, trim='-') for t in (self.start, self.end))
        return f'{self.file}#t={"-".join(times)}'


def part_of(name: str) -> Part:
    """Read a clip's name; ``a.mp4#t=1.5-4`` is a part of ``a.mp4``, in seconds.

    As in W3C Media Fragments, with a dash, since a comma separates the fields of a list.

    Raises:
        ValueError: the part ends before it starts.

    Examples:
        >>> part_of('a.mp4#t=1.5-4')
        Part(file='a.mp4', start=1.5, end=4.0)
    """
    match = _FRAGMENT.fullmatch(name)
    if match is None:
        return Part(name)
    part = Part(match['file'], float(match['start']), float(match['end']))
    if not part.start < part.end:
        raise ValueError(f'{name}: the part ends before it starts; wanted #t=START-END in seconds')
    return part


def frames_of(part: Part, total: int, fps: float) -> tuple[int, int]:
    """First frame of a part and how many there are, of ``total`` at ``fps``.

    A frame belongs to the part in which it begins.

    Raises:
        NoFramesError: the part holds no frame, or ends after the video; or seconds mean nothing
            without a frame rate.
    """
    if part.start is None or part.end is None:
        return 0, total
    if fps <= 0:
        raise NoFramesError(f'{part}: {UNTIMED}')
    lasts = total / fps
    if part.end > lasts + ROUNDING and part.start < lasts:
        raise NoFramesError(
            f'{part}: ends after {part.file}, which has {lasts:.2f} seconds; wanted seconds'
        )
    first = int(np.ceil(part.start * fps - 1e-6))
    last = min(int(np.ceil(part.end * fps - 1e-6)), total)
    if first >= last:
        raise NoFramesError(f'{part}: holds no frame; {part.file} has {lasts:.2f} seconds')
    return first, last - first


class FrameFolder:
    """A folder of frames that reads like decord's ``VideoReader``.

    Frames are taken in the order of the numbers in their names (``2.jpg`` before ``10.jpg``).

    Args:
        folder: Folder of images.

    Raises:
        NoFramesError: there are none in it.
        OSError: one of them cannot be read.
    """

    def __init__(self, folder: str) -> None:
        names = [
            name  # not macOS's attributes, ._1.jpg of 1.jpg
            for name in os.listdir(folder)
            if name.lower().endswith(FRAME_SUFFIXES) and not name.startswith('.')
        ]
        if not names:
            raise NoFramesError(
                f'{folder}: a folder without frames ({", ".join(FRAME_SUFFIXES)}); wanted a video '
                'or a folder of numbered images'
            )
        self.paths = [os.path.join(folder, name) for name in sorted(names, key=natural)]
        self.frames: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def get_batch(self, indices: np.ndarray) -> 'FrameFolder':
        """Read frames; :meth:`asnumpy` gives them.

        Raises:
            OSError: one cannot be read, or they are not of one size.
        """
        images = [_image(self.paths[int(i)]) for i in indices]
        sizes = sorted({image.shape[:2] for image in images})
        if len(sizes) > 1:
            folder = os.path.dirname(self.paths[0])
            raise OSError(f'{folder}: frames of {sizes} (height, width); wanted one size')
        self.frames = np.stack(images)
        return self

    def asnumpy(self) -> np.ndarray | None:
        """The frames last read, uint8 (N, H, W, 3) RGB."""
        return self.frames


def _image(path: str) -> np.ndarray:
    """An image, uint8 (H, W, 3) RGB."""
    try:
        image = mmcv.imread(path, channel_order='rgb')
    except cv2.error:
        image = None
    if image is None:
        raise OSError(f'{path}: cannot be read as an image')
    return image


def natural(name: str) -> list:
    """Sorts ``2.jpg`` before ``10.jpg``."""
    return [int(word) if word.isdecimal() else word for word in re.split(r'(\d+)', name)]


class Thinned:
    """A clip at a lower frame rate, as a :class:`FrameCache` with ``fps`` holds it.

    Args:
        reader: Of the clip.
        numbers: Frames to keep, int64 (n, ).
    """

    def __init__(self, reader: Any, numbers: np.ndarray) -> None:
        self.reader = reader
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def get_batch(self, indices: np.ndarray) -> Any:
        """Frames by their place among those that are kept."""
        return self.reader.get_batch(self.numbers[np.asarray(indices)])


def open_clip(file: str, fps: float | None = None, threads: int = 1) -> tuple[Any, float]:
    """A reader of a video or a folder of frames, and its frames a second.

    Args:
        file: The video or the folder.
        fps: Frames a second to keep, see :func:`kept_frames`; ``None`` keeps all.
        threads: Of the decoder.

    Returns:
        A reader with ``len`` and ``get_batch``, and the frame rate; 0 for a folder of frames and
        for a video whose frames come unevenly.

    Raises:
        OSError: it is neither a regular file nor a folder.
    """
    if os.path.isdir(file):
        return FrameFolder(file), 0.0
    if not os.path.isfile(file):
        raise OSError(f'{file}: no such video, or no regular file')
    reader = Video(file, threads)
    rate, times = rate_of(reader.reader), reader.times()
    if fps is not None and rate == 0 and times is not None:
        return Thinned(reader, shown_frames(times, fps)), fps
    if fps is None or fps >= rate:
        return reader, rate
    return Thinned(reader, kept_frames(len(reader), rate, fps)), fps


def open_part(name: str, fps: float | None = None, threads: int = 1) -> tuple[Any, int, int, float]:
    """Open a clip by its name, see :func:`part_of`; arguments as :func:`open_clip`.

    Returns:
        A reader, the first frame of the part, how many frames it has, and the frame rate.

    Raises:
        OSError, ValueError: see :func:`open_clip`, :func:`part_of` and :func:`frames_of`.
    """
    part = part_of(name)
    reader, rate = open_clip(part.file, fps, threads)
    return reader, *frames_of(part, len(reader), rate), rate


def kept_frames(number: int, fps: float, wanted: float) -> np.ndarray:
    """Numbers of the frames that a lower rate keeps, ``wanted`` a second, int64 (n, )."""
    kept = np.floor(np.arange(np.ceil(number * wanted / fps)) * fps / wanted).astype(np.int64)
    return kept[kept < number]  # guards the rounding of number * wanted / fps


def shown_frames(times: np.ndarray, fps: float) -> np.ndarray:
    """Which frame is shown at each of ``fps`` points of a second, int64 (n, ).

    Args:
        times: Seconds at which frames appear, from 0 on, increasing, (N, ).
        fps: Points a second.
    """
    points = np.arange(np.floor(times[-1] * fps + 1e-6) + 1) / fps
    return np.searchsorted(times, points + 1e-6, 'right') - 1
