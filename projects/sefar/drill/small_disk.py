"""A disk that is soon full, seen by one process alone."""

import ctypes
import multiprocessing
import os
import tempfile
from functools import cache
from pathlib import Path

_NEW_MOUNTS, _NEW_USERS = 0x00020000, 0x10000000
_PRIVATE, _RECURSIVE = 1 << 18, 1 << 14


def mount(folder: Path, size: str) -> None:
    """Put a disk in memory on a folder, for this process and its children; it goes with them.

    Args:
        folder: Is made.
        size: As ``mount`` takes it, such as ``'1m'``.

    Raises:
        OSError: this machine does not allow it.
    """
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_MOUNTS | (_NEW_USERS if user else 0)):
        raise OSError(ctypes.get_errno(), 'unshare')
    if user:  # root within, so that it may mount
        Path('/proc/self/setgroups').write_text('deny')
        Path('/proc/self/uid_map').write_text(f'0 {user} 1')
        Path('/proc/self/gid_map').write_text(f'0 {group} 1')
    if libc.mount(None, b'/', None, _PRIVATE | _RECURSIVE, None) or libc.mount(
        b'tmpfs', os.fsencode(folder), b'tmpfs', 0, f'size={size}'.encode()
    ):
        raise OSError(ctypes.get_errno(), 'mount')


@cache
def can_mount() -> bool:
    """Whether this machine allows it."""
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context('fork').Process(
            target=_try, args=(Path(folder) / 'disk',)
        )
        process.start()
        process.join()
        return process.exitcode == 0


def _try(folder: Path) -> None:
    try:
        mount(folder, '1m')
    except OSError:
        os._exit(1)
