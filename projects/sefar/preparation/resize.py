"""Smaller copies of clips, which decode faster."""

import errno
import shutil
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

from sefar.datasets.clip_parts import shown_frames
from sefar.datasets.clip_probe import are_even

from .parallel import in_parallel

UNREADABLE = (48, 72)
"""Widths in pixels of H.264 that decord fails to copy out."""


class Resized(NamedTuple):
    """What became of a clip.

    Attributes:
        source: The clip.
        outcome: ``'resized'``, ``'copied'`` (it is small already) or ``'failed'``.
        reason: Why it failed.
    """

    source: Path
    outcome: str
    reason: str = ''


def resize_clip(source: Path, target: Path, short_side: int, gop: int) -> Resized:
    """Write a clip again as H.264 with every frame, smaller; audio is dropped.

    Where frames come unevenly, as phones and screen recorders write them, the copy shows at each
    point of an even rate what the clip shows then. It appears under its name only when it is whole,
    so that an interrupted run can go on.

    Args:
        source: The clip.
        target: Where the copy goes. It is an MP4 file whatever its suffix, which lists go on
            naming: AVI and MPEG keep no times of H.264, by which decoders find a frame.
        short_side: Height or width of the copy in pixels, whichever is less. A clip that is as
            small already, and even, is copied as it is.
        gop: Frames from one key frame to the next: how many have to be decoded, at most, to show
            one.
    """
    part = target.with_name(f'{target.stem}.part{target.suffix}')
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not source.is_file():  # a FIFO would be waited for
            raise ValueError('is no regular file')
        with av.open(str(source), metadata_errors='ignore') as container:
            video = container.streams.video[0]
            times = _uneven_times(source)
            if min(video.width, video.height) <= short_side and times is None:
                shutil.copyfile(source, part)
                part.replace(target)
                return Resized(source, 'copied')
            scale = min(1, short_side / min(video.width, video.height))
            # H.264 halves the resolution of colour, so both sides have to be even.
            width, height = (2 * round(side * scale / 2) for side in (video.width, video.height))
            width += 2 * (width in UNREADABLE)
            rate = video.average_rate or Fraction(25)
            shown: np.ndarray | None = None  # how often each frame is
            if times is not None:
                rate = Fraction(round(1 / np.median(np.diff(times))) or 1)
                shown = np.bincount(shown_frames(times, float(rate)), minlength=len(times))
            read = wanted = 0
            with av.open(str(part), 'w', format='mp4') as copy:
                stream = copy.add_stream(
                    'libx264',
                    rate=rate,
                    width=width,
                    height=height,
                    pix_fmt='yuv420p',
                    options=dict(crf='18', preset='fast', g=str(gop), bf='0', sc_threshold='0'),
                )
                for space in ('colorspace', 'color_primaries', 'color_trc'):
                    setattr(stream.codec_context, space, getattr(video.codec_context, space))
                stream.codec_context.color_range = ColorRange.MPEG
                for frame in container.decode(video):
                    if getattr(frame, 'rotation', 0):
                        raise ValueError(
                            'its metadata turn it; write it again by ffmpeg, which turns the frames'
                        )
                    smaller = frame.reformat(
                        width, height, 'yuv420p', dst_color_range=ColorRange.MPEG
                    )
                    smaller.pict_type = PictureType.NONE  # else the encoder keeps the source's
                    for _ in range(1 if shown is None else shown[read]):
                        smaller.pts, smaller.time_base = wanted, 1 / stream.codec_context.framerate
                        copy.mux(stream.encode(smaller))
                        wanted += 1
                    read += 1
                copy.mux(stream.encode(None))
        with av.open(str(part)) as copy:
            written = sum(1 for _ in copy.decode(video=0))
        if read == 0 or written != wanted:
            raise ValueError(f'{wanted} frames wanted, {written} written')
        part.replace(target)
    except (av.FFmpegError, ValueError, IndexError, OSError) as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise OSError(f'{target}: the disk is full; make room, and call again') from None
        reason = str(error) if not isinstance(error, IndexError) else 'it holds no video'
        return Resized(source, 'failed', reason)
    return Resized(source, 'resized')


def _uneven_times(source: Path) -> np.ndarray | None:
    """Seconds at which a clip's frames are shown, (N, ), where they come unevenly."""
    with av.open(str(source), metadata_errors='ignore') as container:
        video = container.streams.video[0]
        # An edit list, as of a trimmed clip, discards what a decoder does not show.
        packets = (p for p in container.demux(video) if p.size and not p.is_discard)
        found = [packet.pts for packet in packets]
        if not video.average_rate or not video.time_base or None in found or len(found) < 2:
            return None
        times = np.sort(np.array(found)) * float(video.time_base)
    times -= times[0]
    return None if are_even(times, float(video.average_rate)) else times


def resize_clips(
    source: Path, target: Path, clips: Sequence[Path], short_side: int, gop: int, workers: int
) -> Iterator[Resized]:
    """Resize clips in parallel; yields what became of each as it is done.

    Args:
        source: Folder that the clips are relative to.
        target: Folder of the copies, which keep their relative paths.
        clips: Clips to do.
        short_side: See :func:`resize_clip`.
        gop: Likewise.
        workers: Processes.
    """
    resize = partial(_resize, source=source, target=target, short_side=short_side, gop=gop)
    yield from in_parallel(resize, clips, workers, 'resize')


def _resize(clip: Path, source: Path, target: Path, short_side: int, gop: int) -> Resized:
    return resize_clip(source / clip, target / clip, short_side, gop)
