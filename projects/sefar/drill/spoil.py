"""Ways to spoil a file."""

import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from sefar.checkpoint_files import sign

from .trial import FILE


def missing(path: Path, right: Path) -> None:
    """Nothing is there."""


def folder(path: Path, right: Path) -> None:
    """A folder where a file is wanted."""
    path.mkdir()


def empty(path: Path, right: Path) -> None:
    """An empty file."""
    path.touch()


def noise(path: Path, right: Path) -> None:
    """Bytes that are no text."""
    path.write_bytes(bytes(range(256)) * 16)


def prose(path: Path, right: Path) -> None:
    """A text of something else."""
    path.write_text('Dear reader,\n\nthis is no such file.\n')


def pipe(path: Path, right: Path) -> None:
    """A FIFO that nobody writes to."""
    os.mkfifo(path)


def utf16(path: Path, right: Path) -> None:
    """The right text in UTF-16."""
    path.write_bytes(right.read_text().encode('utf-16'))


def cut(path: Path, right: Path) -> None:
    """The first half of the right file."""
    content = right.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flipped(path: Path, right: Path) -> None:
    """The right file with some bytes of its largest member turned over."""
    content = bytearray(right.read_bytes())
    with zipfile.ZipFile(right) as archive:
        member = max(archive.infolist(), key=lambda info: info.file_size)
    start = member.header_offset + 200
    for index in range(start, start + 8):
        content[index] ^= 0xFF
    path.write_bytes(bytes(content))


class _Hostile:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f'touch {FILE}',)


def hostile(path: Path, right: Path) -> None:
    """A pickle that runs a command when it is read."""
    path.write_bytes(pickle.dumps(_Hostile()))


def hostile_checkpoint(path: Path, right: Path) -> None:
    """A checkpoint in torch's own format that runs a command when it is read."""
    torch.save(dict(state_dict=_Hostile(), meta={}), path)


def hostile_config(path: Path, right: Path) -> None:
    """A checkpoint whose config runs a command when it is read as a config."""
    found = torch.load(right, map_location='cpu', weights_only=True)
    found['meta']['cfg'] += f'\nimport os\nos.system("touch {FILE}")\n'
    torch.save(found, path)


def changed_weights(change: Callable[[dict], None], signed: bool) -> Callable[[Path, Path], None]:
    """The right checkpoint after a change of its content, with its digest or the old one."""

    def spoil(path: Path, right: Path) -> None:
        found = torch.load(right, map_location='cpu', weights_only=True)
        change(found)
        if signed:
            sign(found)
        torch.save(found, path)

    return spoil


def copied(path: Path, right: Path) -> None:
    """The right file, elsewhere."""
    shutil.copy(right, path)
