"""Writing of frame caches."""

import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import mmcv
import numpy as np

from sefar.commands import last_line_of
from sefar.datasets.clip_parts import NoFramesError, open_clip
from sefar.datasets.flow import flow_to_next
from sefar.datasets.frame_cache import digest, frame_size, options, stamp
from sefar.whole_file import check_made_with, read_json, whole_file

from .parallel import in_parallel

CHUNK = 64
"""Frames that are decoded at once."""


class Size(NamedTuple):
    """What clips take in a cache."""

    clips: int
    frames: int
    bytes: int


def write_frames(path: str, target: Path, short_side: int | None, fps: float | None) -> float:
    """Decode and resize a clip into a ``.npy``, uint8 (N, H, W, 3); returns its frames a second.

    Pixels are those of MMAction2's ``DecordDecode`` and ``Resize(scale=(-1, short_side))``. Few
    frames at a time are in memory, whatever the length.
    """
    reader, rate = open_clip(path, fps)
    number = len(reader)
    _, tall, wide, _ = reader.get_batch([0]).asnumpy().shape
    height, width = frame_size(tall, wide, short_side)
    with open(target, 'wb') as file:
        _write_header(file, (number, height, width, 3))
        for start in range(0, number, CHUNK):
            frames = reader.get_batch(np.arange(start, min(start + CHUNK, number))).asnumpy()
            if frames.shape[1:3] != (tall, wide):
                raise ValueError(f'frames of {wide} × {tall} and of other sizes')
            if (height, width) != (tall, wide):
                frames = np.stack([mmcv.imresize(frame, (width, height)) for frame in frames])
            file.write(frames.tobytes())
    return rate


def _write_header(file: IO[bytes], shape: tuple[int, ...]) -> None:
    header = dict(descr='|u1', fortran_order=False, shape=shape)
    np.lib.format.write_array_header_1_0(file, header)


def _look(path: str, short_side: int | None, fps: float | None) -> tuple[int, int]:
    """Frames and bytes of a clip in a cache; none if it cannot be opened."""
    try:
        reader, _ = open_clip(path, fps)
        frames = len(reader)
        _, tall, wide, _ = reader.get_batch([0]).asnumpy().shape
        height, width = frame_size(tall, wide, short_side)
    except Exception:  # whatever a broken file brings; writing it says so
        return 0, 0
    return frames, frames * height * width * 3


def measure(
    clips: Sequence[str],
    short_side: int | None,
    fps: float | None,
    workers: int,
    flow: Collection[str] = (),
) -> Size:
    """What clips will take, before anything is written; arguments as :func:`cache_frames`.

    Raises:
        ValueError: there are no such frames.
    """
    options(short_side, fps)
    look = partial(_look, short_side=short_side, fps=fps)
    found = dict(zip(clips, in_parallel(look, clips, workers, 'look'), strict=True))
    frames = sum(number for number, _ in found.values())
    of_frames = sum(taken for _, taken in found.values())
    of_flow = sum(found[clip][1] for clip in flow) * 2 // 3  # two channels beside three
    return Size(len(clips), frames, of_frames + of_flow)


def _write(
    path: str, folder: Path, short_side: int | None, fps: float | None
) -> tuple[str, list | None, str]:
    """Write a clip's frames; returns its path, its entry of the index and what went wrong.

    A clip that is not there has no entry: a run says so, or does without it.
    """
    try:
        stamped, name = stamp(path), digest(path)
    except FileNotFoundError:
        return path, None, 'no such file'
    except NoFramesError as error:
        return path, None, last_line_of(error)
    target, note = folder / 'frames' / f'{name}.npy', folder / 'frames' / f'{name}.fps'
    # Whole or not at all, also where two clips of one content are written at once.
    part = folder / 'frames' / f'{name}.{os.getpid()}.part'
    rate: float | None = None
    try:
        if target.is_file() and note.is_file():
            rate = float(note.read_text())
        else:
            rate = write_frames(path, part, short_side, fps)
            part.replace(target)
            part.write_text(str(rate))
            part.replace(note)
        problem = ''
    except OSError as error:
        if error.errno is not None:
            raise  # a full or read-only disk
        problem = last_line_of(error)
    except Exception as error:
        problem = last_line_of(error)
    part.unlink(missing_ok=True)  # of a clip that broke off
    entry = [*stamped, name, rate if not problem else None]
    return os.path.abspath(path), entry, problem


def _is_cached(path: str, index: Mapping[str, Any], folder: Path, flow: bool = False) -> bool:
    """Whether a clip was written before and has not changed since, without reading it."""
    entry = index.get(os.path.abspath(path))
    if entry is None or entry[3] is None:
        return False
    kinds = ('frames', 'flow') if flow else ('frames',)
    if not all((folder / kind / f'{entry[2]}.npy').is_file() for kind in kinds):
        return False
    try:
        return entry[:2] == stamp(path)
    except OSError:
        return False


def _write_flow(name: str, folder: Path) -> None:
    """Write the flow of a cached clip, uint8 (N, H, W, 2), unless it is there."""
    target = folder / 'flow' / f'{name}.npy'
    if target.is_file():
        return
    clip = np.load(folder / 'frames' / f'{name}.npy', mmap_mode='r', allow_pickle=False)
    with whole_file(target, 'wb') as file:
        _write_header(file, (*clip.shape[:3], 2))
        for flow in flow_to_next(clip):
            file.write(flow.tobytes())


def cache_frames(
    clips: Sequence[str],
    folder: Path,
    short_side: int | None = None,
    fps: float | None = None,
    workers: int = 2,
    flow: Collection[str] = (),
) -> dict[str, str]:
    """Write a frame cache, or bring one up to date; what is there already is kept.

    Args:
        clips: Paths of the clips.
        folder: Of the cache.
        short_side: See :class:`sefar.datasets.frame_cache.FrameCache`.
        fps: Likewise.
        workers: Processes.
        flow: Those among the clips whose optical flow is kept as well.

    Returns:
        Clips that cannot be decoded, and why.

    Raises:
        ValueError: the folder holds a cache that was made with other options.
        OSError: the disk has too little room.
    """
    check_made_with(folder, options(short_side, fps))
    (folder / 'frames').mkdir(parents=True, exist_ok=True)
    write = partial(_write, folder=folder, short_side=short_side, fps=fps)
    index_file = folder / 'index.json'
    index: dict[str, Any] = read_json(index_file) if index_file.is_file() else {}
    problems = {}
    todo = [clip for clip in clips if not _is_cached(clip, index, folder)]
    for path, entry, problem in in_parallel(write, todo, workers, 'frames'):
        if entry is not None:
            index[path] = entry
        if problem:
            problems[path] = problem
    with whole_file(index_file) as file:
        file.write(json.dumps(index))
    if flow:
        (folder / 'flow').mkdir(exist_ok=True)
        known = (index.get(os.path.abspath(clip)) for clip in flow)
        names = {entry[2]: None for entry in known if entry and entry[3] is not None}
        for _ in in_parallel(partial(_write_flow, folder=folder), names, workers, 'flow'):
            pass
    return problems


def is_complete(
    clips: Mapping[str, bool], folder: Path, short_side: int | None, fps: float | None
) -> bool:
    """Whether nothing of what :func:`cache_frames` would write is missing.

    Args:
        clips: Paths of the clips, and whether the optical flow of each is kept as well.
        folder: See :func:`cache_frames`.
        short_side: Likewise.
        fps: Likewise.
    """
    made_with, index_file = folder / 'made_with.json', folder / 'index.json'
    if not (made_with.is_file() and index_file.is_file()):
        return False
    if read_json(made_with) != options(short_side, fps):
        return False
    index = read_json(index_file)
    return all(_is_cached(clip, index, folder, flow) for clip, flow in clips.items())


def check_room(size: Size, folder: Path, clips: Sequence[str]) -> None:
    """Refuse to fill a disk; what the cache holds of the clips need not be written again.

    Raises:
        OSError: there is too little room; says how much is wanted.
    """
    above = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(above).free
    there = _written(folder, clips) if size.bytes > free else 0  # which reads every clip
    if size.bytes - there > free:
        raise OSError(
            f'{folder}: the cache takes {size.bytes / 2**30:.1f} GiB, {there / 2**30:.1f} are '
            f'there and {free / 2**30:.1f} free; take a smaller short_side or fps, or another '
            'folder'
        )


def _written(folder: Path, clips: Sequence[str]) -> int:
    """Bytes that a cache holds of clips, also where a killed call wrote no index."""
    names = {digest(clip) for clip in clips if os.path.exists(clip)}
    files = [folder / kind / f'{name}.npy' for kind in ('frames', 'flow') for name in names]
    return sum(file.stat().st_size for file in files if file.is_file())
