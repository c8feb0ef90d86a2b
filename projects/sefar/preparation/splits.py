"""Splitting of lists: labelled against unlabelled, and clips held out for validation."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from sefar.datasets.clip_parts import part_of

Clip = tuple[str, int]

# What names the video that a clip was cut from, in the names that public data sets use.
_SOURCES = (
    re.compile(r'(?P<source>[^/]+)_E_\d+_\d+_A_\d+_\d+$'),  # FineGym
    re.compile(r'(?P<source>v_[^/]+_g\d+)_c\d+$'),  # UCF-101
    # HMDB-51: <class>/<film>_<class>_…
    re.compile(r'(?P<name>[^/]+)/(?P<source>[^/]+)_(?P=name)_[hulf]_(?:cm|nm)_np\d_\w+_\d+$'),
)


def source_of(clip: str, pattern: re.Pattern | None = None) -> str:
    """The source video of a clip, as its name tells it; the clip itself where it does not.

    Args:
        clip: Path of the clip.
        pattern: Searched in the path without its suffix; its group ``source``, or the whole match
            where there is none, names the source. ``None`` tries the patterns of FineGym, UCF-101
            and HMDB-51.
    """
    stem = str(Path(part_of(clip).file).with_suffix(''))
    for candidate in _SOURCES if pattern is None else (pattern,):
        if match := candidate.search(stem):
            return match['source'] if 'source' in candidate.groupindex else match[0]
    return stem


def split_labelled(
    clips: Sequence[Clip],
    seed: int,
    share: float | None = None,
    per_class: int | None = None,
    at_least: int = 1,
) -> tuple[list[Clip], list[Clip]]:
    """Split a list into a labelled and an unlabelled part, class by class.

    The total is ``share`` of the list, rounded down as in the official splits. Each class gets its
    share rounded down, but ``at_least`` clips; what is left of the total goes to the classes with
    the largest remainders, what is over is taken from the largest classes. A class's clips are
    taken in an order that depends on the seed alone.

    Args:
        clips: (path, label) pairs; their order does not matter.
        seed: Same seed, same split.
        share: Labelled share in (0, 1); give this or ``per_class``.
        per_class: Labelled clips of each class.
        at_least: Labelled clips that each class gets in any case, where it has them.

    Returns:
        Labelled and unlabelled clips, each in random order.

    Raises:
        ValueError: not just one of ``share`` and ``per_class`` is given, or it is out of range, or
            a class has fewer than ``per_class`` clips, or a part would be empty.
    """
    if (share is None) == (per_class is None):
        raise ValueError('give either a labelled share or a number of clips per class')
    if share is not None and not 0 < share < 1:
        raise ValueError(f'share={share}: wanted a labelled share between 0 and 1')
    if per_class is not None and per_class < 1:
        raise ValueError(f'per_class={per_class}: wanted at least 1')
    if len({path for path, _ in clips}) < len(clips):
        raise ValueError('the list names clips twice; tools/data/check_lists.py says which')
    members = _by_class(clips)
    if share is not None:
        exact = {label: share * len(paths) for label, paths in members.items()}
        counts = {c: min(max(int(n), at_least), len(members[c])) for c, n in exact.items()}
        left = int(share * len(clips) + 1e-9) - sum(counts.values())
        for label in sorted(exact, key=lambda c: (counts[c] - exact[c], c))[: max(left, 0)]:
            counts[label] += 1
        for _ in range(-left):  # the smallest classes got more than their share: others give
            most = max(counts, key=lambda c: (counts[c], -c))
            if counts[most] > at_least:
                counts[most] -= 1
    else:
        counts = {label: per_class or 0 for label in members}
        for label, paths in members.items():
            if len(paths) < counts[label]:
                raise ValueError(f'class {label} has {len(paths)} clips, fewer than {per_class}')
    labelled, unlabelled = [], []
    for label, paths in members.items():
        order = np.random.default_rng((seed, label)).permutation(len(paths))
        chosen = [(paths[i], label) for i in order]
        labelled += chosen[: counts[label]]
        unlabelled += chosen[counts[label] :]
    if not labelled or not unlabelled:
        empty = 'unlabelled' if labelled else 'labelled'
        raise ValueError(f'no clip would be {empty} of {len(clips)}; give another share')
    return _shuffled(labelled, seed), _shuffled(unlabelled, seed)


def hold_out(
    clips: Sequence[Clip],
    share: float,
    seed: int,
    pattern: re.Pattern | None = None,
    group_of: Callable[[str], str] | None = None,
) -> tuple[list[Clip], list[Clip]]:
    """Hold out about a share of the clips, source video by source video.

    No source video is on both sides. Videos are taken in random order, each where it brings the
    held-out classes nearer to their share.

    Args:
        clips: (path, label) pairs.
        share: Share to hold out, in (0, 1).
        seed: Same seed, same split.
        pattern: See :func:`source_of`.
        group_of: Stands in the place of the source video: what a clip must not be parted from.

    Returns:
        Kept and held-out clips, in the order of ``clips``.

    Raises:
        ValueError: the share is out of range, or one side would be empty.
    """
    source = group_of or partial(source_of, pattern=pattern)
    if not 0 < share < 1:
        raise ValueError(f'share={share}: wanted a share between 0 and 1')
    videos: dict[str, list[Clip]] = defaultdict(list)
    for clip in sorted(clips):
        videos[source(clip[0])].append(clip)
    labels = sorted({label for _, label in clips})
    column = {label: i for i, label in enumerate(labels)}
    wanted = share * np.array([len(paths) for _, paths in sorted(_by_class(clips).items())])
    held = np.zeros(len(labels))
    chosen = set()
    names = sorted(videos)
    for index in np.random.default_rng(seed).permutation(len(names)):
        adds = np.bincount([column[label] for _, label in videos[names[index]]], None, len(labels))
        if np.abs(held + adds - wanted).sum() < np.abs(held - wanted).sum():
            held += adds
            chosen.add(names[index])
    sides: tuple[list[Clip], list[Clip]] = ([], [])
    for clip in clips:
        sides[source(clip[0]) in chosen].append(clip)
    if not all(sides):
        raise ValueError(
            f'{len(videos)} source videos cannot be split {1 - share:.0%} to {share:.0%}: one side '
            'would be empty; give another share or another pattern'
        )
    return sides


def draw_like(clips: Sequence[Clip], counts: Mapping[int, int], seed: int) -> list[Clip]:
    """Draw ``counts[label]`` clips of each label; same seed, same clips, in random order."""
    drawn = []
    for label, paths in _by_class(clips).items():
        order = np.random.default_rng((seed, label)).permutation(len(paths))
        drawn += [(paths[i], label) for i in order[: counts[label]]]
    return _shuffled(drawn, seed)


def hold_out_of_each(
    clips: Sequence[Clip], share: float, seed: int
) -> tuple[list[Clip], list[Clip]]:
    """Hold out a share of each class, at least one clip of it, where two or more are there.

    Args:
        clips: (path, label) pairs.
        share: Share to hold out, in (0, 1).
        seed: Same seed, same split.

    Returns:
        Kept and held-out clips, in the order of ``clips``.

    Raises:
        ValueError: the share is out of range.
    """
    if not 0 < share < 1:
        raise ValueError(f'share={share}: wanted a share between 0 and 1')
    held = set()
    for label, paths in _by_class(clips).items():
        number = min(max(1, round(share * len(paths))), len(paths) - 1)
        order = np.random.default_rng((seed, label)).permutation(len(paths))
        held |= {paths[i] for i in order[:number]}
    return [c for c in clips if c[0] not in held], [c for c in clips if c[0] in held]


def _by_class(clips: Sequence[Clip]) -> dict[int, list[str]]:
    members: dict[int, list[str]] = defaultdict(list)
    for path, label in sorted(clips):
        members[label].append(path)
    return dict(sorted(members.items()))


def _shuffled(clips: list[Clip], seed: int) -> list[Clip]:
    return [clips[i] for i in np.random.default_rng(seed).permutation(len(clips))]
