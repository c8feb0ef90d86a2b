"""Videos whose decoder is neither stuck nor loud, and gives the frames that were asked for."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import decord
import numpy as np

from .clip_probe import AV1Reader, open_video, times_of

LIMIT = 600.0
"""Seconds that a decoder may take for one call."""
LOG = 'SEFAR_DECODER_LOG'
"""Environment variable: file for what decoders complain of; without it nobody keeps that."""
SEEKABLE = ('mov,mp4', 'matroska', 'avi')
"""Containers in which decord may be trusted to find a frame."""
AT_ONCE = 16
"""Frames that are decoded at once where all of them have to be."""

_lock = threading.Lock()
_console: list[int] = []  # file descriptors of stderr, one for each decoder at work


class Video:
    """decord's ``VideoReader``, with a limit, and with a file for what it complains of.

    decord counts a key frame by its place in the file. Where frames that are shown before one are
    stored after it (open groups of pictures, B-frames of MPEG-4), where an edit list
    leaves frames out, or where the file keeps no times
    (H.264 in AVI, MPEG program streams, WMV), it lands on another frame than the one that was
    asked for and says nothing. Such videos are decoded in order, from their beginning. Of AV1,
    which it has no decoder of, :class:`.clip_probe.AV1Reader` takes its place.

    It is opened by its path, so that decord reads what it needs, where MMAction2's ``DecordInit``
    reads the whole file. FFmpeg writes a line for each macroblock that it doubts, on stderr: of
    three broken clips, hundreds. What matters is in the error that is raised.

    Args:
        file: The video.
        threads: Of the decoder.

    Raises:
        decord.DECORDError, RuntimeError: it cannot be read.
    """

    def __init__(self, file: str, threads: int = 1) -> None:
        self.file = file
        self.threads = threads
        self._open()

    def _open(self) -> None:
        with decoder_at_work(self.file):
            self.reader = open_video(self.file, self.threads)
        self._next = 0

    def __len__(self) -> int:
        return len(self.reader)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)

    def get_batch(self, indices: Any) -> Any:
        """Decode frames; ``asnumpy`` of the result is uint8 (N, H, W, 3) RGB."""
        numbers = np.arange(len(self))[np.asarray(indices, int)]
        if not len(numbers) or self._finds_frames():
            with decoder_at_work(self.file):
                return self.reader.get_batch(numbers)
        return decord.nd.array(self._in_order(numbers))

    def times(self) -> np.ndarray | None:
        """Seconds at which frames are shown, see :func:`times_of`."""
        return times_of(self.reader)

    def _finds_frames(self) -> bool:
        """Whether the reader lands on the frame that it is asked for."""
        if isinstance(self.reader, AV1Reader):
            return True
        return seeks_well(self.file, os.stat(self.file).st_mtime_ns) and self.times() is not None

    def _in_order(self, numbers: np.ndarray) -> np.ndarray:
        if numbers.min() < self._next:
            self._open()
        frames: dict[int, np.ndarray] = {}
        while self._next <= numbers.max():
            some = np.arange(self._next, min(self._next + AT_ONCE, numbers.max() + 1))
            with decoder_at_work(self.file):
                decoded = self.reader.get_batch(some).asnumpy()
            self._next += len(some)
            # Copies, since a view would keep all that were decoded with it.
            frames |= {n: decoded[n - some[0]].copy() for n in some if n in numbers}
        return np.stack([frames[number] for number in numbers])


@lru_cache(maxsize=100_000)
def seeks_well(file: str, changed: int) -> bool:
    """Whether each key frame of a video has as many frames before it in time as in the file.

    Args:
        file: The video; its packets are read, nothing is decoded.
        changed: When it was changed, so that what is remembered is not of another video.
    """
    import av

    try:
        with av.open(file, metadata_errors='ignore') as container:
            if not any(name in container.format.name for name in SEEKABLE):
                return False
            packets = [packet for packet in container.demux(video=0) if packet.size]
    except av.FFmpegError:  # damaged, though decord may still read it
        return False
    times = np.array([np.nan if p.pts is None else p.pts for p in packets])
    keys = np.flatnonzero([p.is_keyframe for p in packets])
    # Below zero is what an edit list leaves out.
    if np.isnan(times).any() or times.min() < 0 or len(np.unique(times)) < len(times):
        return False
    return bool((np.argsort(np.argsort(times))[keys] == keys).all())


@contextmanager
def decoder_at_work(file: str) -> Iterator[None]:
    """Send stderr to the file named by :data:`LOG`; end the process after :data:`LIMIT`.

    Nothing else helps against a decoder that does not come back: it holds its thread. Ending a
    loading worker ends the run.
    """
    timer = threading.Timer(LIMIT, _give_up, [file])
    timer.daemon = True
    with _lock:
        if not _console:
            sys.stderr.flush()
            saved = os.dup(2)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            try:
                log = os.open(os.environ.get(LOG, os.devnull), flags)
            except OSError:  # of a run whose folder is gone
                log = os.open(os.devnull, flags)
            os.dup2(log, 2)
            os.close(log)
        _console.append(_console[0] if _console else saved)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with _lock:
            console = _console.pop()
            if not _console:
                os.dup2(console, 2)
                os.close(console)


def _give_up(file: str) -> None:
    line = f'{file}: the decoder was still at it after {LIMIT:g} s; take the clip out\n'
    os.write(_console[0], line.encode())
    os._exit(1)
