"""Which clips a command line means."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import decord

from sefar.datasets.clip_lists import iter_clip_list
from sefar.datasets.clip_parts import (
    FRAME_SUFFIXES,
    ROUNDING,
    UNTIMED,
    VIDEO_SUFFIXES,
    Part,
    open_clip,
    part_of,
)
from sefar.preparation.files import clips_below, find_clips

LIST_SUFFIXES = ('.txt', '.csv')


class Clip(NamedTuple):
    """A clip to predict.

    Attributes:
        name: As the user knows it: relative to the folder or the list's root.
        filename: Where it is, with a part of it, see :func:`part_of`.
        label: Its class, -1 where none is known.
    """

    name: str
    filename: str
    label: int = -1


def find(sources: Sequence[str], root: str | None = None) -> list[Clip]:
    """Clips of files, folders, lists and patterns, in their order, each once.

    ::

        a.mp4        the clip                     frames/      a folder of frames is one clip
        folder/      all videos in and below it   clips.txt    a clip list, labels optional
        '*.mp4'      what the pattern matches

    What a folder holds of other formats is told on stderr.

    Args:
        sources: As on the command line.
        root: Folder that a list's paths are relative to; the list's own if not given.

    Raises:
        FileNotFoundError: a source is not there or holds no clip.
        ValueError: a source is of no known kind, or a clip has two labels.
    """
    found: dict[str, Clip] = {}
    for source in sources:
        for clip in _of(source, root):
            first = found.setdefault(clip.filename, clip)
            if first.label < 0:
                found[clip.filename] = first._replace(label=clip.label)
            elif clip.label not in (-1, first.label):
                raise ValueError(
                    f'{source}: {clip.name}: label {clip.label}, and {first.label} before; keep one'
                )
    return list(found.values())


def _of(source: str, root: str | None) -> Iterator[Clip]:
    path = Path(source)
    suffix = path.suffix.lower()
    if path.is_dir():
        names = [name for name in os.listdir(path) if not name.startswith('.')]
        frames = any(Path(name).suffix.lower() in FRAME_SUFFIXES for name in names)
        if frames and not any(Path(n).suffix.lower() in VIDEO_SUFFIXES for n in clips_below(path)):
            yield Clip(source, source)
        else:  # a picture beside videos, or above them, is none
            yield from (Clip(name, str(path / name)) for name in find_clips(path))
    elif suffix in LIST_SUFFIXES:
        folder = Path(root) if root is not None else path.parent
        clips = [
            Clip(entry.path, str(folder / entry.path), entry.label)
            for entry in iter_clip_list(source, labels_required=False)
        ]
        if not any(os.path.lexists(part_of(clip.filename).file) for clip in clips):
            raise FileNotFoundError(
                f'{source}: none of its {len(clips)} clips is there, such as {clips[0].filename}; '
                '--root gives their folder'
            )
        yield from clips
    elif path.is_file():
        if suffix not in VIDEO_SUFFIXES:
            raise ValueError(
                f'{source}: neither a video ({", ".join(sorted(VIDEO_SUFFIXES))}) nor a list '
                f'({", ".join(LIST_SUFFIXES)}); give a clip, a folder, a list or a pattern'
            )
        yield Clip(source, source)
    elif os.path.lexists(path):
        raise ValueError(f'{source}: is neither a file nor a folder, or a link to nothing')
    elif matches := sorted(glob.glob(source, recursive=True)):
        for match in matches:
            yield from _of(match, root)
    else:
        raise FileNotFoundError(f'{source}: no such clip, folder or list, and no file matches it')


def windows(clip: Clip, length: float, stride: float) -> list[Clip]:
    """Parts of a long video, one every ``stride`` seconds; the last one ends with the video.

    Args:
        clip: A video file, or a part of one.
        length: Of a part, in seconds.
        stride: From the start of one to the start of the next.

    Raises:
        ValueError: length or stride is not positive, or the clip has no frame rate.

    Returns:
        The parts; the clip itself where it cannot be opened, so that prediction says why.
    """
    if length <= 0 or stride <= 0:
        raise ValueError(f'--windows {length:g} --stride {stride:g}: wanted seconds above 0')
    part = part_of(clip.filename)
    try:
        reader, fps = open_clip(part.file)
    except (decord.DECORDError, OSError, RuntimeError):
        return [clip]
    if not fps > 0:
        raise ValueError(f'{clip.name}: {UNTIMED}; or leave --windows out')
    first, end, lasts = part.start or 0.0, part.end, len(reader) / fps
    if end is None or lasts < end <= lasts + ROUNDING:
        end = lasts
    starts, last = [first], max(end - length, first)
    while starts[-1] < last - 1e-6:
        starts.append(min(starts[-1] + stride, last))
    ends = [min(start + length, end) for start in starts]
    return [
        Clip(clip.name, str(Part(part.file, round(start, 3), round(end, 3))))
        for start, end in zip(starts, ends, strict=True)
    ]
