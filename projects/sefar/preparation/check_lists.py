"""Checks of clip lists before anybody trains on them."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sefar.datasets.clip_lists import ClipEntry, read_clip_list
from sefar.datasets.first_look import look_at
from sefar.datasets.list_checks import (
    ListedClip,
    SameClip,
    absent_classes,
    listed,
    missing_files,
    repeated,
    shared,
)

from .splits import source_of

LARGEST_LABEL = 100_000
"""Larger ones without names of classes are mistakes: no data set has as many classes."""


class Finding(NamedTuple):
    """Something found in the lists.

    Attributes:
        kind: What it is, such as ``'duplicate'``.
        severity: ``'error'`` (training or testing on it is wrong) or ``'warning'``.
        text: List, line and what to do.
    """

    kind: str
    severity: str
    text: str


class Balance(NamedTuple):
    """Clips per class of a list: how many classes have clips, and their fewest, median, most."""

    clips: int
    classes: int
    fewest: int
    median: float
    most: int


def check_lists(
    labelled: Sequence[Path],
    unlabelled: Sequence[Path],
    evaluation: Sequence[Path],
    num_classes: int | None = None,
    class_names: Sequence[str] | None = None,
    folder: Path = Path(),
) -> tuple[list[Finding], dict[Path, Balance]]:
    """Check lists against each other, without decoding a clip.

    Errors: a line that cannot be read or, where labels count, has none; a label out of range; a
    clip twice in a list or in two training lists; a clip with two labels; a clip in a training and
    an evaluation list, parts that share time too; a list with two tasks. Warnings: classes without
    a clip in a list whose labels are known, clips of one source video in training and evaluation,
    clips of two evaluation lists.

    Args:
        labelled: Labelled training lists.
        unlabelled: Unlabelled training lists; their labels, where they have any, are checked too.
        evaluation: Validation and test lists.
        num_classes: Labels must lie in [0, num_classes); ``None`` takes the largest label found.
        class_names: For messages.
        folder: Folder that the paths are relative to; files that are there are known however they
            are spelt, and by their content.

    Returns:
        Findings, and the balance of each list that could be read.
    """
    training = (*labelled, *unlabelled)
    tasks = dict(labelled=labelled, unlabelled=unlabelled, evaluation=evaluation)
    findings = [
        Finding('leak', 'error', f'{path}: {one} and {other} list at once')
        for (one, paths), (other, others) in combinations(tasks.items(), 2)
        for path in sorted({p.resolve() for p in paths} & {p.resolve() for p in others})
    ]
    lists: dict[Path, list[ListedClip]] = {}
    for path in (*training, *evaluation):
        required = path not in unlabelled
        try:
            entries = read_clip_list(str(path), num_classes, labels_required=required)
            lists[path] = [_listed(e, path, folder) for e in entries]
        except (OSError, ValueError) as error:
            findings.append(Finding('unreadable list', 'error', str(error)))
    labels = {path: [c.label for c in clips if c.label >= 0] for path, clips in lists.items()}
    if num_classes is None:
        largest = max((label for found in labels.values() for label in found), default=-1)
        if largest > LARGEST_LABEL:
            where = next(c for clips in lists.values() for c in clips if c.label == largest)
            text = f'{where.place}: label {largest}; name the classes by --classes'
            findings.append(Finding('label', 'error', text))
            return findings, {}
        num_classes = 1 + largest
    names = class_names or [f'class {label}' for label in range(num_classes)]
    for path, clips in lists.items():
        for same in repeated(clips):
            kind = ('copy', 'warning') if same.copy else ('duplicate', 'error')
            findings.append(_same_clip(kind[0], same, kind[1]))
        absent = absent_classes(labels[path], names)
        if absent and len(labels[path]) == len(clips):
            some = ', '.join(absent[:5]) + (', …' if len(absent) > 5 else '')
            text = f'{path}: {len(absent)} of {num_classes} classes have no clip: {some}'
            findings.append(Finding('absent class', 'warning', text))
    for one, other in combinations(lists, 2):
        findings += _between(
            (one, lists[one]), (other, lists[other]), (one in training, other in training)
        )
    balance = {}
    for path, found in labels.items():
        counts = np.array(list(Counter(found).values()) or [0])
        balance[path] = Balance(
            len(lists[path]), len(set(found)), counts.min(), float(np.median(counts)), counts.max()
        )
    return findings, balance


def _listed(entry: ClipEntry, ann_file: Path, clips: Path) -> ListedClip:
    clip = listed(entry.path, entry.label, str(ann_file), entry.line)
    return clip._replace(path=os.path.normpath(clips / entry.path))


def _between(
    first: tuple[Path, Sequence[ListedClip]],
    second: tuple[Path, Sequence[ListedClip]],
    trains: tuple[bool, bool],
) -> list[Finding]:
    """Clips and source videos that two lists share."""
    (path, clips), (other_path, others) = first, second
    common = list(shared(clips, others, parts=not all(trains)))
    if not any(trains):
        if not common:
            return []
        text = (
            f'{other_path}: {len(common)} of {len(others)} clips are in {path} too, such as '
            f'{common[0].clip.place}; what is chosen by one flatters the other'
        )
        return [Finding('shared evaluation clips', 'warning', text)]
    kind = 'duplicate' if all(trains) else 'leak'
    findings = [_same_clip(kind, same) for same in common]
    if not all(trains):
        sources = {source_of(clip.path) for clip in clips}
        cut = [clip for clip in others if source_of(clip.path) in sources]
        if cut:
            text = (
                f'{other_path}: {len(cut)} clips are cut from videos that {path} has clips of, '
                f'such as {cut[0].place}'
            )
            findings.append(Finding('shared source video', 'warning', text))
    return findings


def _same_clip(kind: str, same: SameClip, severity: str = 'error') -> Finding:
    labels = {same.clip.label, same.first.label} - {-1}
    if len(labels) > 1:
        said = f'label {same.clip.label} here, {same.first.label} there'
        return Finding('two labels', 'error', f'{same}; {said}')
    return Finding(kind, severity, f'{same}; take one out')


def check_clips(
    lists: Sequence[Path], clips: Path, cache: Path | None = None, workers: int = 2
) -> list[Finding]:
    """Check that each clip of some lists is there and that its first and last frame decode.

    Args:
        lists: Clip lists.
        clips: Folder that their paths are relative to.
        cache: See :func:`sefar.datasets.first_look.look_at`.
        workers: Processes.
    """
    entries = [
        _listed(entry, ann_file, clips)
        for ann_file in lists
        for entry in read_clip_list(str(ann_file), labels_required=False)
    ]
    absent = set(missing_files(entries))
    missing = [
        Finding('missing clip', 'error', f'{clip.place}: the file is missing or empty')
        for clip in entries
        if clip in absent
    ]
    places: dict[str, str] = {}
    for clip in entries:
        if clip not in absent:
            places.setdefault(clip.path, clip.place)
    problems = look_at(places, last=True, cache=cache, workers=workers)
    return missing + [
        Finding('unreadable clip', 'error', f'{places[name]}: {problem}')
        for name, problem in problems.items()
    ]


def count_by_kind(findings: Sequence[Finding]) -> Mapping[tuple[str, str], int]:
    """Number of findings of each (severity, kind)."""
    return Counter((finding.severity, finding.kind) for finding in findings)
