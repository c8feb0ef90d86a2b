"""Videos whose decoder is neither stuck nor loud."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import decord

LIMIT = 600.0
"""Seconds that a decoder may take for one call."""
LOG = 'SEFAR_DECODER_LOG'
"""Environment variable: file for what decoders complain of; without it nobody keeps that."""

_lock = threading.Lock()
_console: list[int] = []  # file descriptors of stderr, one for each decoder at work


class Video:
    """decord's ``VideoReader``, with a limit, and with a file for what it complains of.

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
        with decoder_at_work(file):
            self.reader = decord.VideoReader(file, num_threads=threads)

    def __len__(self) -> int:
        return len(self.reader)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)

    def get_batch(self, indices: Any) -> Any:
        """Decode frames; ``asnumpy`` of the result is uint8 (N, H, W, 3) RGB."""
        with decoder_at_work(self.file):
            return self.reader.get_batch(indices)


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
            log = os.open(os.environ.get(LOG, os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
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
