"""Files that are there whole or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


def read_json(path: Path) -> Any:
    """What a file of JSON holds.

    Raises:
        ValueError: it is none; names it.
    """
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(
            f'{path}: is no JSON ({error}); delete it, and have what wrote it write it anew'
        ) from error


def check_made_with(folder: Path, wanted: Mapping[str, Any], differs: str = '') -> None:
    """What a folder holds was made alike; a new folder is told, in ``made_with.json``.

    Args:
        folder: Made where it is not there.
        wanted: Plain values.
        differs: What else it was made with, in words; the values if not given.

    Raises:
        ValueError: it was made otherwise.
    """
    made_with = folder / 'made_with.json'
    if made_with.is_file() and (found := read_json(made_with)) != wanted:
        raise ValueError(
            f'{folder}: was made with {differs or f"{found}, wanted {wanted}"}; give another '
            'folder or delete it'
        )
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(made_with) as file:
        json.dump(wanted, file)


@contextmanager
def whole_file(path: Path, mode: str = 'w') -> Iterator[IO[Any]]:
    """Write a file aside, and put it in its place when all of it is on the disk.

    Whoever is killed, or finds the disk full, leaves what was there before. Text is UTF-8 with the
    line ends that are written.

    Args:
        path: The file.
        mode: ``'w'`` for text, ``'wb'`` for bytes.

    Raises:
        OSError: it cannot be written; of a full disk it says what is wanted and free.
    """
    aside = path.with_name(f'.{path.name}.{os.getpid()}.part')
    text = {} if 'b' in mode else dict(encoding='utf-8', newline='')
    try:
        with open(aside, mode, **text) as file:  # type: ignore[call-overload]
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException as error:
        aside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(path.parent).free
            raise OSError(
                f'{path}: the disk is full ({free / 2**20:.1f} MiB are free); make room: what was '
                'there before is kept'
            ) from error
        raise
