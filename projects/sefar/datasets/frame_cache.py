"""Decoded frames on disk, for data small enough to keep them."""

import hashlib
import os
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import mmcv
import numpy as np

from sefar.whole_file import read_json

from .clip_parts import FrameFolder

COMMAND = 'python tools/data/cache_frames.py CONFIG'


class CacheMissError(ValueError):
    """A clip is not in the cache, or the cache is not the one that the config names."""


class UnreadableClipError(OSError):
    """The clip could not be decoded when the cache was made."""


class Cached(NamedTuple):
    """A clip in a cache.

    Attributes:
        frames: uint8 (N, H, W, 3) RGB, mapped into memory: all processes read the same pages.
        fps: Frames a second.
        flow: uint8 (N, H, W, 2), see :func:`flow_to_next`, mapped likewise; where it was asked for.
    """

    frames: np.ndarray
    fps: float
    flow: np.ndarray | None = None


def digest(path: str | Path) -> str:
    """Name of a clip's content, so that a changed clip is another clip wherever it lies."""
    if not os.path.isdir(path):
        whole = hashlib.blake2b(digest_size=16)
        with open(path, 'rb') as file:
            while block := file.read(2**20):
                whole.update(block)
        return whole.hexdigest()
    whole = hashlib.blake2b(digest_size=16)  # of a folder of frames
    for frame in FrameFolder(str(path)).paths:
        whole.update(os.path.basename(frame).encode() + Path(frame).read_bytes())
    return whole.hexdigest()


def stamp(path: str | Path) -> list[int]:
    """Size in bytes and time of the last change in ns: of a file, or of a folder of frames."""
    files = FrameFolder(str(path)).paths if os.path.isdir(path) else [path]
    stats = [os.stat(file) for file in files]
    return [sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)]


class FrameCache:
    """A folder of decoded clips, written by ``tools/data/cache_frames.py``.

    ::

        made_with.json   {"short_side": 96, "fps": null}
        index.json       {path: [size, mtime_ns, digest, fps or null]}   null: cannot be decoded
        frames/DIGEST.npy   uint8 (N, H, W, 3)
        flow/DIGEST.npy     uint8 (N, H, W, 2), of the clips whose pipeline has OpticalFlow

    A clip whose size and time are those of the index is known by its path; any other, moved or
    touched, by the digest of its content.

    Args:
        folder: The folder.
        short_side: Height or width in pixels, whichever is less, that the config wants; ``None``
            for the clips' own size.
        fps: Frames a second that the config wants; ``None`` for all.
        flow: Whether the config wants optical flow.

    Raises:
        CacheMissError: there is no finished cache, or it was made with other options.
    """

    def __init__(
        self,
        folder: str,
        short_side: int | None = None,
        fps: float | None = None,
        flow: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self.flow = flow
        made_with = self.folder / 'made_with.json'
        if not made_with.is_file() or not (self.folder / 'index.json').is_file():
            raise CacheMissError(
                f'{folder}: holds no finished frame cache; make it by {COMMAND}, or decode each '
                'time by --cfg-options train_dataloader.dataset.cache=None '
                'val_dataloader.dataset.cache=None test_dataloader.dataset.cache=None'
            )
        wanted = options(short_side, fps)
        if (found := read_json(made_with)) != wanted:
            raise CacheMissError(
                f'{folder}: was made with {found}, the config wants {wanted}; give the cache '
                f'another folder and make it by {COMMAND}'
            )

    @cached_property
    def index(self) -> dict[str, list]:
        """What is known of each path."""
        return read_json(self.folder / 'index.json')

    @cached_property
    def _by_digest(self) -> dict[str, list]:
        return {entry[2]: entry for entry in self.index.values()}

    def _entry(self, path: str) -> list:
        entry = self.index.get(os.path.abspath(path))
        if entry is None or entry[:2] != stamp(path):
            entry = self._by_digest.get(digest(path))
        if entry is None:
            raise CacheMissError(
                f'{path}: is not in the frame cache {self.folder}, or has changed since it was '
                f'made; run {COMMAND} again'
            )
        if self.flow and entry[3] is not None and not self._file('flow', entry[2]).is_file():
            raise CacheMissError(
                f'{path}: the frame cache {self.folder} has no optical flow of it; run {COMMAND} '
                'again'
            )
        return entry

    def _file(self, kind: str, name: str) -> Path:
        return self.folder / kind / f'{name}.npy'

    def check(self, path: str) -> bool:
        """Make sure that a clip is in the cache; returns whether it could be decoded.

        Raises:
            CacheMissError: it is not.
        """
        return self._entry(path)[3] is not None

    def __getitem__(self, path: str) -> Cached:
        """Frames of a clip.

        Raises:
            CacheMissError: it is not in the cache.
            UnreadableClipError: it could not be decoded.
        """
        _, _, name, fps = self._entry(path)
        if fps is None:
            raise UnreadableClipError(f'{path}: could not be decoded when the cache was made')
        kinds = ('frames', 'flow') if self.flow else ('frames',)
        frames, *flow = (
            np.asarray(np.load(self._file(kind, name), mmap_mode='r', allow_pickle=False))
            for kind in kinds
        )
        return Cached(frames, fps, *flow)


def frame_size(height: int, width: int, short_side: int | None) -> tuple[int, int]:
    """Height and width in the cache; a clip that is as small already keeps its own."""
    if short_side is None or min(height, width) <= short_side:
        return height, width
    new_width, new_height = mmcv.rescale_size((width, height), (np.inf, short_side))
    return new_height, new_width


def options(short_side: int | None, fps: float | None) -> dict[str, Any]:
    """What a cache is made with, as its folder says it.

    Raises:
        ValueError: there are no such frames.
    """
    if short_side is not None and not (type(short_side) is int and short_side >= 1):
        raise ValueError(f'cache.short_side={short_side!r}: wanted pixels, at least 1, or None')
    if fps is not None and not (type(fps) in (int, float) and fps > 0):
        raise ValueError(f'cache.fps={fps!r}: wanted frames a second, above 0, or None for all')
    return dict(short_side=short_side, fps=fps)


@lru_cache
def open_cache(folder: str, short_side: int | None, fps: float | None, flow: bool) -> FrameCache:
    """A cache, opened once in each process."""
    return FrameCache(folder, short_side, fps, flow)
