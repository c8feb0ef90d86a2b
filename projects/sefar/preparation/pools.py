"""Unlabelled pools that are not like the labelled clips: foreign classes, a long tail."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sefar.datasets.clip_lists import read_class_names, read_clip_list

from .files import write_lines, write_list
from .splits import Clip, draw_like

POOL = 'unlabelled'
"""How the names of lists of a pool begin."""


def with_foreign(
    clips: Sequence[Clip], known: int, share: float, seed: int
) -> list[tuple[str, int | None]]:
    """Mix clips of foreign classes into a pool.

    Args:
        clips: (path, hidden label) pairs of a pool.
        known: Labels below it are those of known classes, the others are foreign.
        share: Of foreign clips in the result, in (0, 1).
        seed: Same seed, same clips.

    Returns:
        As many as there are for the share, in random order; foreign ones without a label.

    Raises:
        ValueError: the share is out of range, or one side has no clip.
    """
    if not 0 < share < 1:
        raise ValueError(f'share={share}: wanted a share of foreign clips between 0 and 1')
    generator = np.random.default_rng(seed)
    order = [clips[i] for i in generator.permutation(len(clips))]
    sides = [c for c in order if c[1] < known], [c for c in order if c[1] >= known]
    if not all(sides):
        raise ValueError(
            f'known={known}: {len(sides[0])} clips of known and {len(sides[1])} of foreign '
            'classes; wanted some of both'
        )
    total = min(len(sides[0]) / (1 - share), len(sides[1]) / share)
    kept = sides[0][: round(total * (1 - share))]
    foreign = [(path, None) for path, _ in sides[1][: round(total * share)]]
    mixed: list[tuple[str, int | None]] = [*kept, *foreign]
    return [mixed[i] for i in generator.permutation(len(mixed))]


def long_tailed(clips: Sequence[Clip], imbalance: float, seed: int) -> list[Clip]:
    """Thin a pool out, class by class: n_c = n_0 · imbalance^(-c / (C - 1)), at least 1.

    n_0 is the largest for which every class has its clips.

    Args:
        clips: (path, hidden label) pairs of a pool.
        imbalance: How much rarer the last class is than the first, above 1.
        seed: Same seed, same clips.

    Raises:
        ValueError: the imbalance is out of range, or there is one class only.
    """
    sizes = Counter(label for _, label in clips)
    if not imbalance > 1 or len(sizes) < 2:
        raise ValueError(
            f'imbalance={imbalance}, {len(sizes)} classes: wanted a factor above 1 and two classes'
        )
    rarer = {label: imbalance ** (i / (len(sizes) - 1)) for i, label in enumerate(sorted(sizes))}
    most = min(sizes[label] * rarer[label] for label in sizes)
    counts = {label: max(1, round(most / rarer[label])) for label in sizes}
    return draw_like(clips, counts, seed)


def write_pools(
    folder: Path,
    out: Path,
    seed: int,
    known: int | None = None,
    foreign: float | None = None,
    imbalance: float | None = None,
) -> dict[Path, int]:
    """Write all lists of a data set anew, with another pool.

    Args:
        folder: Its lists, and those in its ``draw_*``: the ones named ``unlabelled…`` with hidden
            labels are pools, of the others known classes are kept; ``classes.txt`` likewise.
        out: Folder to write, of the same structure.
        seed: Same seed, same pools.
        known: See :func:`with_foreign`, with ``foreign``, its share.
        foreign: Likewise.
        imbalance: See :func:`long_tailed`; either this or the other two.

    Returns:
        Written lists and their clips.

    Raises:
        FileNotFoundError: there is no list of a pool.
        ValueError: a pool has no hidden labels, the lists would be overwritten, or see the
            functions above.
    """
    if folder.resolve() == out.resolve():
        raise ValueError(f'--out {out}: is the folder of the lists; give another')
    lists = sorted([*folder.glob('*.txt'), *folder.glob('draw_*/*.txt')])
    if not any(path.name.startswith(POOL) for path in lists):
        raise FileNotFoundError(f'{folder}: no list named {POOL}….txt in it')
    made: dict[Path, list[tuple[str, int | None]]] = {}
    names: dict[Path, list[str]] = {}
    for path in lists:
        place = out / path.relative_to(folder)
        if path.name == 'classes.txt':
            names[place] = read_class_names(str(path))[:known]
            continue
        pool = path.name.startswith(POOL)
        entries = read_clip_list(str(path), labels_required=not pool)
        clips = [(entry.path, entry.label) for entry in entries]
        if not pool:
            made[place] = [c for c in clips if known is None or c[1] < known]
        elif unknown := [clip for clip, label in clips if label < 0]:
            raise ValueError(f'{path}: {unknown[0]} has no hidden label; wanted one of every clip')
        elif foreign is not None and known is not None:
            made[place] = with_foreign(clips, known, foreign, seed)
        else:
            made[place] = [*long_tailed(clips, imbalance or 0, seed)]
    for place, chosen in made.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        write_list(place, chosen)
    for place, kept in names.items():
        write_lines(place, kept)
    return {place: len(chosen) for place, chosen in made.items()}
