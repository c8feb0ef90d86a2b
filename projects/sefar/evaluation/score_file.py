"""Scores of a tested list, in a file that runs nothing."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sefar.whole_file import whole_file

NAME = 'scores.npz'
_PREFIX = 'network:'


class Scores(NamedTuple):
    """Scores of N clips.

    Attributes:
        clips: Names, as the list has them.
        labels: int64 (N, ), -1 where a clip has none.
        networks: float32 (N, C) by name, the one that predicts last.
        classes: Names of the C classes, numbers where the data has none.
        root: Folder that the names are relative to.
        checkpoint: Digest of the checkpoint file that was tested, where it is known.
    """

    clips: list[str]
    labels: np.ndarray
    networks: dict[str, np.ndarray]
    classes: list[str]
    root: str = ''
    checkpoint: str = ''


def write_scores(path: Path, scores: Scores) -> None:
    """Write scores, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, 'wb') as file:
        np.savez_compressed(
            file,
            clips=np.array(scores.clips, str),
            labels=scores.labels.astype(np.int64),
            classes=np.array(scores.classes, str),
            root=np.array(scores.root, str),
            checkpoint=np.array(scores.checkpoint, str),
            order=np.array(list(scores.networks), str),
            allow_pickle=False,
            **{_PREFIX + name: value for name, value in scores.networks.items()},
        )


def read_scores(path: Path) -> Scores:
    """Read what :func:`write_scores` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is another kind of file, or its parts do not fit.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no scores; run tools/test.py with --work-dir {path.parent}'
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            order: Sequence[str] = file['order'].tolist()
            scores = Scores(
                file['clips'].tolist(),
                file['labels'],
                {name: file[_PREFIX + name] for name in order},
                file['classes'].tolist(),
                str(file['root']),
                str(file['checkpoint']),
            )
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
        raise ValueError(f'{path}: is not what tools/test.py writes, or is damaged') from None
    shape = len(scores.labels), len(scores.classes)
    if len(scores.clips) != shape[0] or any(
        value.shape != shape or not np.isfinite(value).all() for value in scores.networks.values()
    ):
        raise ValueError(f'{path}: its parts do not fit, or scores are not finite; test again')
    return scores
