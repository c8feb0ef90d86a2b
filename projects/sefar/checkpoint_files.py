"""Reading a checkpoint without running what it holds, and telling whether it is as written."""

import hashlib
import os.path as osp
import pickle
import warnings
import zipfile
from collections.abc import Mapping, MutableMapping
from typing import Any

import torch

DIGEST = 'weights_digest'
"""Of a checkpoint's ``meta``: what :func:`weights_digest` says of its ``state_dict``."""


def weights_digest(state: Mapping[str, Any]) -> str:
    """BLAKE2 of names, dtypes, shapes and bytes of all tensors, wherever they are.

    A zip's checksums tell that a file is damaged, not that damaged weights were written to it.
    """
    found = hashlib.blake2b(digest_size=16)
    for name, value in state.items():
        if isinstance(value, torch.Tensor):
            found.update(f'{name} {value.dtype} {tuple(value.shape)};'.encode())
            flat = value.detach().cpu().contiguous().reshape(-1)
            found.update(flat.view(torch.uint8).numpy().data)
    return found.hexdigest()


def sign(checkpoint: MutableMapping[str, Any]) -> None:
    """Note the digest of a checkpoint's weights in its ``meta``."""
    checkpoint.setdefault('meta', {})[DIGEST] = weights_digest(checkpoint['state_dict'])


def read_checkpoint_file(filename: str, map_location: Any = None) -> Any:
    """Read a checkpoint file without running any code that it may hold.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no checkpoint, holds objects outside the allow-list, or other
            weights than were written.
    """
    filename = osp.expanduser(filename)
    if not osp.isfile(filename):
        raise FileNotFoundError(
            f'{filename}: no such checkpoint; check the path given to load_from, --resume or test'
        )
    try:
        if zipfile.is_zipfile(filename):  # torch does not look at the checksums it writes
            with zipfile.ZipFile(filename) as archive:
                if (damaged := archive.testzip()) is not None:
                    raise ValueError(
                        f'{filename}: is damaged: {damaged} is not what was written; take another '
                        'copy, or an earlier checkpoint'
                    )
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', 'Detected pickle protocol')  # refused or not, told
            loaded = torch.load(filename, map_location=map_location, weights_only=True)
    except zipfile.BadZipFile as error:
        raise ValueError(f'{filename}: is no checkpoint, or is damaged ({error})') from None
    except (RuntimeError, EOFError, KeyError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else 'it ends early'
        raise ValueError(f'{filename}: is no checkpoint, or is damaged ({reason})') from None
    except pickle.UnpicklingError as error:
        if not zipfile.is_zipfile(filename) and not _is_pickle(filename):
            raise ValueError(
                f'{filename}: is no checkpoint; wanted a file such as epoch_30.pth'
            ) from None
        reason = str(error).replace('WeightsUnpickler error:', '').strip()
        found = [line.strip() for line in reason.splitlines() if 'unsupported' in line.lower()]
        raise ValueError(
            f'{filename}: refused, because it holds more than weights '
            f'({found[0] if found else "objects that are no weights"}). Loading it could run code. '
            'If you trust its author, re-save its state_dict with torch.save.'
        ) from None
    check_signed(loaded, filename)
    return loaded


def _is_pickle(filename: str) -> bool:
    """Whether a file begins as a pickle of protocol 2 or later, as torch has always written."""
    with open(filename, 'rb') as file:
        return file.read(1) == b'\x80'


def check_signed(loaded: Any, source: str) -> None:
    """Weights that were signed are those that were written.

    Raises:
        ValueError: they are not.
    """
    meta = loaded.get('meta') if isinstance(loaded, Mapping) else None
    signed = meta.get(DIGEST) if isinstance(meta, Mapping) else None
    weights = loaded.get('state_dict') if signed else None
    if signed and not (isinstance(weights, Mapping) and weights_digest(weights) == signed):
        raise ValueError(
            f'{source}: its weights are not those that its run wrote; take another copy, or an '
            f'earlier checkpoint (if you changed them yourself, delete meta[{DIGEST!r}])'
        )
