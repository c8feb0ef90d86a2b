"""Clip lists: one clip a line, ``path label`` or ``path,label``."""

import os.path as osp
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .clip_parts import VIDEO_SUFFIXES, part_of

# The label is the last field; whatever stands before it is the path, which may hold spaces.
_LABELLED = re.compile(r'(?P<path>.+?)[\s,;]+(?P<label>[+-]?\d+)')

_SUFFIX = '|'.join(map(re.escape, sorted(VIDEO_SUFFIXES)))
_IS_VIDEO = re.compile(rf'#\S.*({_SUFFIX})(#t=.*)?', re.IGNORECASE)


class ClipEntry(NamedTuple):
    """One line of a clip list.

    Attributes:
        path: As written in the list.
        label: Class number, or -1 where the line has none.
        line: Line number, from 1.
    """

    path: str
    label: int
    line: int


def iter_clip_list(
    path: str, num_classes: int | None = None, labels_required: bool = True
) -> Iterator[ClipEntry]:
    """Read a clip list line by line.

    Blank lines and comments, which start with ``#``, are passed over. Fields may be separated by
    blanks, tabs, commas or semicolons; Windows line ends are fine.

    Args:
        path: The list file.
        num_classes: Labels must lie in [0, num_classes); unchecked where ``None``.
        labels_required: Whether a line without a label is an error. If not, it gets label -1, and
            a negative label means "unknown" as well.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: the list is no UTF-8, a line cannot be read or reads like a comment and a clip,
            a label is out of range, or the list is empty.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path}: no such clip list; check ann_file and data_root')
    upper = float('inf') if num_classes is None else num_classes
    empty = True
    for number, raw in _lines(path):
        text = raw.strip()
        match = _LABELLED.fullmatch(text)
        if not text or text.startswith('#'):
            if _IS_VIDEO.fullmatch(match['path'] if match else text):
                raise ValueError(
                    f'{path}:{number}: {text!r} would be passed over as a comment; write '
                    f'./{text} if it is a clip, or a blank behind the # if it is none'
                )
            continue
        if match is None and labels_required:
            raise ValueError(
                f'{path}:{number}: found {text!r}, wanted "path label" with a whole number as '
                'the label'
            )
        clip, label = (match['path'], int(match['label'])) if match else (text, -1)
        try:
            part_of(clip)
        except ValueError as error:
            raise ValueError(f'{path}:{number}: {error}') from error
        if not labels_required:
            label = max(label, -1)
        if label >= upper or (label < 0 and labels_required):
            raise ValueError(
                f'{path}:{number}: label {label} is outside [0, {upper}) (clip {clip}); '
                "correct the list or the model's num_classes"
            )
        empty = False
        yield ClipEntry(clip, label, number)
    if empty:
        raise ValueError(f'{path}: the list holds no clips; write one "path label" a line')


def _lines(path: str) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with open(path, encoding='utf-8-sig') as file:
            for number, raw in enumerate(file, 1):
                if '\0' in raw:
                    raise ValueError(f'{path}:{number}: is no text; save the list in UTF-8')
                yield number, raw
    except UnicodeDecodeError:
        raise ValueError(
            f'{path}: is no text in UTF-8 (after line {number}); save the list in UTF-8'
        ) from None


def ends_like_a_label(path: str) -> bool:
    """Whether a line of this path alone would read as a shorter path and a label."""
    return _LABELLED.fullmatch(path) is not None


def read_clip_list(
    path: str, num_classes: int | None = None, labels_required: bool = True
) -> list[ClipEntry]:
    """Read a whole clip list; arguments and errors as :func:`iter_clip_list`."""
    return list(iter_clip_list(path, num_classes, labels_required))


def paths_of(list_file: Path, entries: Sequence[ClipEntry], clips: Path) -> list[Path]:
    """Where the clips of a list lie; every one has to be there.

    Raises:
        FileNotFoundError: a clip is not; says which line names it.
    """
    paths = [clips / entry.path for entry in entries]
    for entry, path in zip(entries, paths, strict=True):
        if not Path(part_of(str(path)).file).exists():
            raise FileNotFoundError(f'{list_file}:{entry.line}: {path} is not there; check --clips')
    return paths


def read_class_names(path: str) -> list[str]:
    """Read class names, one a line in the order of the labels.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it names no class.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path}: no such file of class names; check classes_file')
    names = [line.strip() for _, line in _lines(path) if line.strip()]
    if not names:
        raise ValueError(f'{path}: names no class')
    return names


def named(ann_file: str, share: float | None, draw: int | None) -> str:
    """Name of a list of a labelled share and a draw, from one such as ``{share:02g}p.txt``.

    Raises:
        ValueError: the name asks for one of them that is not given.
    """
    if '{share' in ann_file and share is None:
        raise ValueError(
            f'{ann_file}: which labelled share? Set dataset.share to a percentage that there are '
            'lists of'
        )
    if '{draw' in ann_file and draw is None:
        raise ValueError(f'{ann_file}: which draw of the labels? Set dataset.draw, such as 0')
    return ann_file.format(share=share, draw=draw) if '{' in ann_file else ann_file


def list_of(dataset: Mapping[str, Any], part: str | None = None) -> str:
    """Path of the list of a data set, or of a part of a ``SemiSupervisedDataset``, from its config.

    Args:
        dataset: The data set's config.
        part: ``'labelled'`` or ``'unlabelled'``.
    """
    own = dataset[part] if part else dataset
    name = named(own['ann_file'], dataset.get('share'), dataset.get('draw'))
    return osp.join(own.get('data_root', dataset.get('data_root')) or '', name)
