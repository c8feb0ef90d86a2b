"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def whole_file(path: Path, mode: str = 'w') -> Iterator[IO[Any]]:
    """Write a file aside, and put it in its place when all of it is on the disk.

    Whoever is killed, or finds the disk full, leaves what was there before. Text is UTF-8 with the
    line ends that are written.

    Args:
        path: The file.
        mode: ``'w'`` for text, ``'wb'`` for bytes.
    """
    aside = path.with_name(f'.{path.name}.{os.getpid()}.part')
    text = {} if 'b' in mode else dict(encoding='utf-8', newline='')
    try:
        with open(aside, mode, **text) as file:  # type: ignore[call-overload]
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
