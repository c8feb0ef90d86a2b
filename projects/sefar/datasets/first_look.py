"""A first look at clips before anybody needs them: each opens, and a frame decodes."""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sefar.commands import last_line_of
from sefar.whole_file import whole_file

from .clip_parts import FrameFolder, frames_of, part_of
from .frame_cache import stamp

PROBE = Path(__file__).with_name('clip_probe.py')
LIMIT = 60.0
"""Seconds that a decoder may take for one clip."""
PER_PROCESS = 50
"""Clips that are worth a process of their own."""


def default_cache() -> Path:
    """Where it is kept which files were looked at, for all runs of a user."""
    folder = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(folder) / 'sefar/first_look.json'


def look_at(
    clips: Iterable[str],
    last: bool = False,
    cache: Path | None = None,
    workers: int | None = None,
    limit: float = LIMIT,
) -> dict[str, str]:
    """Open clips and decode their first frame, in parallel and with a limit.

    Args:
        clips: Their names; several parts of one file are one look at it.
        last: Whether to decode the last frame of the file as well.
        cache: JSON file that keeps what was found of good files, by path, size and time of change,
            so that a second look opens only what is new; ``None`` for :func:`default_cache`.
        workers: Processes; ``None`` for as many as there are cores, and clips for them.
        limit: Seconds for one clip.

    Returns:
        Clips that cannot be read, and why.

    Raises:
        ValueError: the cache is none.
        OSError: it cannot be written, where one was named.
    """
    path = cache or default_cache()
    known = _read_cache(path)
    problems: dict[str, str] = {}
    parts, keys = {}, {}
    for name in clips:
        try:
            part = part_of(name)
            keys[part.file] = _key(part.file, last)
            parts[name] = part
        except (OSError, ValueError) as error:
            problems[name] = str(error)
    todo = [file for file, key in keys.items() if key not in known]
    if workers is None:
        # Those that a scheduler allots, where the system tells.
        told = getattr(os, 'sched_getaffinity', None)
        cores = len(told(0)) if told else os.cpu_count() or 1
        workers = max(1, min(cores, len(todo) // PER_PROCESS))
    found = dict(zip(todo, _look(todo, last, workers, limit), strict=True))
    good = {keys[file]: found[file][:2] for file in todo if not found[file][2]}
    if good:
        known |= good
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                json.dump(known, file)
        except OSError:
            if cache is not None:
                raise
    for name, part in parts.items():
        frames, fps, error = found.get(part.file) or (*known[keys[part.file]], '')
        try:
            if not error:
                frames_of(part, frames, fps)
        except ValueError as wrong:
            error = str(wrong)
        if error:
            problems[name] = error
    return problems


def _read_cache(path: Path) -> dict[str, Sequence]:
    try:
        known = json.loads(path.read_text()) if path.is_file() else {}
        if not isinstance(known, Mapping):
            raise ValueError(f'found a {type(known).__name__}')
    except ValueError as error:
        raise ValueError(f'{path}: is no list of clips looked at; delete it') from error
    return dict(known)


def _key(file: str, last: bool) -> str:
    size, time = stamp(file)
    return f'{os.path.abspath(file)}|{size}|{time}{"|last" if last else ""}'


def _look(files: Sequence[str], last: bool, workers: int, limit: float) -> list[tuple]:
    """Frames, frames a second and error of files, in order."""
    own = threading.local()
    probes: list[_Probe] = []

    def look(file: str) -> tuple:
        if os.path.isdir(file):
            return _look_at_folder(file, last)
        if not hasattr(own, 'probe'):
            own.probe = _Probe()
            probes.append(own.probe)
        return own.probe.ask(file, last, limit)

    try:
        with ThreadPoolExecutor(workers) as pool:
            quiet = len(files) < PER_PROCESS
            return list(tqdm(pool.map(look, files), 'look', len(files), unit='clip', disable=quiet))
    finally:
        for probe in probes:
            probe.stop()


def _look_at_folder(folder: str, last: bool) -> tuple:
    try:
        frames = FrameFolder(folder)
        frames.get_batch(np.array([0, -1] if last else [0]))
    except Exception as error:
        return 0, 0.0, last_line_of(error)
    return len(frames), 0.0, ''


class _Probe:
    """A process of :mod:`.clip_probe`; a new one after one that had to be stopped."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None

    def ask(self, file: str, last: bool, limit: float) -> tuple:
        """Frames, frames a second and error of a file."""
        if self.process is None:
            words = [sys.executable, str(PROBE)]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(
                words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
            )
        process = self.process
        try:
            print(json.dumps([file, last]), file=process.stdin, flush=True)
            ready, _, _ = select.select([process.stdout.fileno()], [], [], limit)
            answer = process.stdout.readline() if ready else ''
        except BrokenPipeError:
            ready, answer = [0], ''
        if answer:
            return tuple(json.loads(answer))
        self.stop()
        if ready:
            return 0, 0.0, f'the decoder died of it (exit status {process.returncode})'
        return 0, 0.0, f'the decoder was still at it after {limit:g} s'

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None
