"""Smaller copies of clips, which decode faster."""

import errno
import shutil
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

from .parallel import in_parallel


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

    The copy appears under its name only when it is whole, so that an interrupted run can go on.

    Args:
        source: The clip.
        target: Where the copy goes, with the same suffix; ``.mp4``, ``.mkv``, ``.mov`` and ``.avi``
            can hold H.264.
        short_side: Height or width of the copy in pixels, whichever is less. A clip that is as
            small already is copied as it is.
        gop: Frames from one key frame to the next: how many have to be decoded, at most, to show
            one.
    """
    import av
    from av.video.frame import PictureType

    part = target.with_name(f'{target.stem}.part{target.suffix}')
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not source.is_file():  # a FIFO would be waited for
            raise ValueError('is no regular file')
        with av.open(str(source)) as container:
            video = container.streams.video[0]
            if min(video.width, video.height) <= short_side:
                shutil.copyfile(source, part)
                part.replace(target)
                return Resized(source, 'copied')
            if target.suffix.lower() == '.webm':
                raise ValueError('a .webm holds no H.264; give it another suffix')
            scale = short_side / min(video.width, video.height)
            # H.264 halves the resolution of colour, so both sides have to be even.
            width, height = (2 * round(side * scale / 2) for side in (video.width, video.height))
            read = 0
            with av.open(str(part), 'w') as copy:
                stream = copy.add_stream(
                    'libx264',
                    rate=video.average_rate or Fraction(25),
                    width=width,
                    height=height,
                    pix_fmt='yuv420p',
                    options=dict(crf='18', preset='fast', g=str(gop), bf='0', sc_threshold='0'),
                )
                for frame in container.decode(video):
                    if getattr(frame, 'rotation', 0):
                        raise ValueError(
                            'its metadata turn it; write it again by ffmpeg, which turns the frames'
                        )
                    smaller = frame.reformat(width, height, 'yuv420p')
                    smaller.pict_type = PictureType.NONE  # else the encoder keeps the source's
                    # Frames are counted, not timed: lists and samplers speak of their numbers.
                    smaller.pts, smaller.time_base = read, 1 / stream.codec_context.framerate
                    copy.mux(stream.encode(smaller))
                    read += 1
                copy.mux(stream.encode(None))
        with av.open(str(part)) as copy:
            written = sum(1 for _ in copy.decode(video=0))
        if read == 0 or written != read:
            raise ValueError(f'{read} frames read, {written} written')
        part.replace(target)
    except (av.FFmpegError, ValueError, IndexError, OSError) as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise OSError(f'{target}: the disk is full; make room, and call again') from None
        reason = str(error) if not isinstance(error, IndexError) else 'it holds no video'
        return Resized(source, 'failed', reason)
    return Resized(source, 'resized')


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
