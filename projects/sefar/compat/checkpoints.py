"""Checkpoints: read without running code, resumed, written whole and signed."""

import functools
import importlib
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch


def history_statistic(owner: Any, name: str) -> Any:
    """Stand in for ``getattr`` in checkpoints, for the statistics of a HistoryBuffer alone.

    MMEngine pickles them as ``getattr(HistoryBuffer, 'mean')``. The real ``getattr`` on an
    allow-list would let a checkpoint reach any function.

    Raises:
        pickle.UnpicklingError: anything else is asked for.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise pickle.UnpicklingError(f'Unsupported getattr({owner!r}, {name!r})')
    return getattr(owner, name)


def allow_resume_globals() -> bool:
    """Allow the few harmless classes that MMEngine puts in its checkpoints (mmengine issue 1655).

    torch >= 2.6 loads weights-only and refuses every class that is not on its allow-list.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    multiarray = importlib.import_module(
        'numpy._core.multiarray' if hasattr(np, '_core') else 'numpy.core.multiarray'
    )
    # Under the names of numpy 1 and of numpy 2, whichever wrote the checkpoint.
    names = [f'numpy.{core}.multiarray' for core in ('core', '_core')]
    kinds = [np.dtype(kind) for kind in ('f8', 'f4', 'i8', 'i4', 'bool')]
    wanted: list[Any] = [(history_statistic, 'builtins.getattr'), HistoryBuffer]
    wanted += [np.ndarray, np.dtype]
    wanted += [(multiarray._reconstruct, f'{name}._reconstruct') for name in names]
    wanted += [(multiarray.scalar, f'{name}.scalar') for name in names]
    wanted += [type(kind) for kind in kinds]
    missing = [item for item in wanted if item not in torch.serialization.get_safe_globals()]
    torch.serialization.add_safe_globals(missing)
    return bool(missing)


def load_weights_only() -> bool:
    """Make every checkpoint that MMEngine reads load weights-only, with a one-line refusal.

    MMEngine leaves the choice to torch's default for local files, and torch's default for
    downloaded ones is still the unsafe unpickler.
    """
    from mmengine.runner import checkpoint
    from mmengine.runner.checkpoint import CheckpointLoader

    from sefar.checkpoint_files import read_checkpoint_file

    if CheckpointLoader._schemes.get('') is read_checkpoint_file:
        return False
    CheckpointLoader.register_scheme(prefixes='', loader=read_checkpoint_file, force=True)
    checkpoint.load_url = functools.partial(checkpoint.load_url, weights_only=True)
    return True


def write_files_whole() -> bool:
    """Let MMEngine write checkpoints aside and put them in their place when they are on the disk.

    It opens the file and writes; a kill or a full disk in between leaves half a checkpoint under
    the name of a whole one.
    """
    from mmengine.fileio.backends import LocalBackend

    from sefar.whole_file import whole_file

    if LocalBackend.put.__module__ == __name__:
        return False

    def put(self: LocalBackend, obj: bytes, filepath: str | Path) -> None:
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path.parent).free
        if len(obj) > free:
            raise OSError(
                f'{path}: takes {len(obj) / 2**20:.1f} MiB, {free / 2**20:.1f} MiB are free; make '
                'room, and go on by --resume: what was there before is kept'
            )
        with whole_file(path, 'wb') as file:
            file.write(obj)

    LocalBackend.put = put
    return True


def sign_checkpoints() -> bool:
    """Let every checkpoint that a run writes say what its weights are."""
    from mmengine.runner import runner

    from sefar.checkpoint_files import sign

    write = runner.save_checkpoint
    if hasattr(write, '__wrapped__'):
        return False

    @functools.wraps(write)
    def write_signed(checkpoint: dict, *args: Any, **kwargs: Any) -> None:
        sign(checkpoint)  # after the last hook: an EMA hook exchanges the weights
        write(checkpoint, *args, **kwargs)

    runner.save_checkpoint = write_signed
    return True
