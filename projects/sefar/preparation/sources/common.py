"""What every source yields, and how it becomes clip lists."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sefar.preparation.files import find_clips, write_lines, write_list
from sefar.preparation.splits import split_labelled


class SourceError(ValueError):
    """Annotations or clips are not as their source publishes them; one line says where."""


class Scope(NamedTuple):
    """A data set, or a part of one, as its source defines it.

    Attributes:
        classes: Class names in the order of the labels.
        lists: Maps ``'train'``, ``'test'`` and the like to (clip, label) pairs. A clip is named
            by its path under the folder of clips, without a suffix.
        hierarchy: (event, set) of each class, where the source groups its classes.
    """

    classes: list[str]
    lists: dict[str, list[tuple[str, int]]]
    hierarchy: Sequence[tuple[str, str]] = ()


class Summary(NamedTuple):
    """What :func:`write_scope` did.

    Attributes:
        counts: Clips in each list written.
        missing: Maps a list to a counter of the labels whose clips are absent.
        classes: Class names.
    """

    counts: dict[str, int]
    missing: dict[str, Counter]
    classes: list[str]


def read_lines(path: Path) -> list[str]:
    """Lines of an annotation file, stripped.

    Raises:
        SourceError: there is no such file.
    """
    if not path.is_file():
        raise SourceError(f'{path}: no such annotation file; check --annotations')
    return [line.strip() for line in path.read_text(encoding='utf-8-sig').splitlines()]


def index_clips(folder: Path) -> dict[str, str]:
    """Map each video under a folder, without its suffix, to its path under the folder.

    Raises:
        SourceError: there is no such folder, or it holds no video.
    """
    try:
        found = find_clips(folder)
    except ValueError as error:
        raise SourceError(f'{error} (--clips)') from error
    return {PurePosixPath(clip).with_suffix('').as_posix(): clip for clip in found}


def write_scope(
    scope: Scope,
    clips: Path,
    out: Path,
    rates: Sequence[float] = (),
    seed: int = 0,
) -> Summary:
    """Write the lists of a scope, of the clips that are there.

    The folder gets ``<list>.txt`` for each of the scope's lists, ``classes.txt``, ``hierarchy.csv``
    where the source has one, a link ``videos`` to the folder of clips, and for each rate
    ``labelled_XXp.txt`` and ``unlabelled_XXp.txt``, a split of ``train.txt``.

    Args:
        scope: Classes and lists.
        clips: Folder of the clips.
        out: Folder to write.
        rates: Labelled shares in percent.
        seed: Same seed, same split.

    Raises:
        SourceError: no clip of a list is there, or ``out/videos`` is something else.
    """
    available = index_clips(clips)
    present: dict[str, list[tuple[str, int]]] = {}
    missing: dict[str, Counter] = {}
    for name, entries in scope.lists.items():
        if not entries:
            raise SourceError(f'the {name} list of the annotations names no clip; check the files')
        present[name] = [(available[c], label) for c, label in entries if c in available]
        missing[name] = Counter(label for c, label in entries if c not in available)
        if not present[name]:
            raise SourceError(
                f'{clips}: holds none of the {len(entries)} clips of the {name} list; the first is '
                f'{entries[0][0]}; check --clips'
            )
    for rate in rates:
        labelled, unlabelled = split_labelled(present['train'], seed, share=rate / 100)
        present |= {f'labelled_{rate:02g}p': labelled, f'unlabelled_{rate:02g}p': unlabelled}
    out.mkdir(parents=True, exist_ok=True)
    link = out / 'videos'
    if not link.exists():
        link.symlink_to(clips.resolve(), target_is_directory=True)
    elif link.resolve() != clips.resolve():
        raise SourceError(f'{link}: is not {clips}; remove it or take another --out')
    for name, entries in present.items():
        write_list(out / f'{name}.txt', entries)
    write_lines(out / 'classes.txt', scope.classes)
    if scope.hierarchy:
        with (out / 'hierarchy.csv').open('w', newline='') as file:
            writer = csv.writer(file)
            writer.writerow(('label', 'event', 'set'))
            writer.writerows((i, *groups) for i, groups in enumerate(scope.hierarchy))
    return Summary({name: len(e) for name, e in present.items()}, missing, scope.classes)
