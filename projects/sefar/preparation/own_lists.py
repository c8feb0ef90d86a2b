"""Lists and a config from a folder of clips and a table of a few labels."""

import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sefar.datasets.clip_lists import read_class_names, read_clip_list
from sefar.datasets.clip_parts import natural, part_of

from .files import find_clips, line_of
from .label_table import Labelled, doubts
from .labelled_rows import merged, read_rows
from .made import Made
from .own_config import OWN, SIZES, base_text, recipes
from .schedule import schedule
from .splits import hold_out, hold_out_of_each, split_labelled

HELD_OUT = 10
"""Clips that a validation list must have; fewer say nothing."""
ENOUGH = 50
"""Clips of a test list below which its accuracy's uncertainty is told."""
FOLDER = 'folder'

Rows = list[tuple[str, int]]


class OwnLists(NamedTuple):
    """What was written.

    Attributes:
        counts: Clips of each list.
        classes: Labelled clips of each class, over all lists.
        notes: What a person should know or decide.
        recipe: Whose config it is.
    """

    counts: dict[str, int]
    classes: dict[str, int]
    notes: list[str]
    recipe: str


def make_lists(
    clips: Path,
    tables: Sequence[Path],
    out: Path,
    base: Path,
    test_share: float = 0.3,
    seed: int = 0,
    recipe: str | None = None,
    size: int | None = None,
    group_by: str | None = None,
) -> OwnLists:
    """Write ``labelled.txt``, ``unlabelled.txt``, ``test.txt``, ``classes.txt`` and the config.

    Of each class a share of the labelled clips is held out for testing; at least one stays for
    training. A fifth of those that stay is ``val.txt`` where that makes ten clips or more. Every
    clip without a label is unlabelled, and so is a part of one whose row has no label.

    Called again, with more labels, it keeps the test and the validation list, appends new classes,
    takes recipe, size and groups as they were where they are not given, and leaves alone what
    somebody has edited: the new text of such a file stands beside it, in ``NAME.new``.

    Args:
        clips: Folder of videos and of folders of frames; subfolders are searched too.
        tables: Labels, see :func:`read_table`; ``tools/label_next.py`` writes such a table.
        out: Folder for the lists and the config.
        base: The ``_base_`` folder of the project's configs.
        test_share: Share of labelled clips to hold out, in (0, 1).
        seed: Same seed, same lists.
        recipe: One of :func:`.own_config.recipes`; ``'small'`` at first.
        size: Side of the small recipes' crop in pixels, one of ``SIZES``; 64 at first.
        group_by: A column of the tables, or ``'folder'``: clips of one group are all in training
            or all in testing.

    Raises:
        ValueError: an argument is out of range, a row is wrong, or there is nothing to train on or
            to test on.
    """
    if not 0 < test_share < 1:
        raise ValueError(f'test_share={test_share}: wanted a share between 0 and 1')
    clips, out = clips.resolve(), out.resolve()
    made = Made(out)
    choice, notes = made.choose(recipe=recipe, size=size, group_by=group_by)
    recipe, size, group_by = choice['recipe'], choice['size'], choice['group_by']
    if recipe not in recipes(base) or size not in SIZES:
        raise ValueError(
            f'recipe={recipe!r}, size={size}: wanted one of {", ".join(recipes(base))} and one of '
            f'{tuple(SIZES)}'
        )
    for folder in (clips, out, base):
        if '{{' in str(folder):
            raise ValueError(f'{folder}: MMEngine reads {{{{ in a config; rename the folder')
    unread: list[str] = []
    found = find_clips(clips, tell=unread.append)
    column = None if group_by == FOLDER else group_by
    rows = [
        row for i, table in enumerate(tables) for row in read_rows(table, clips, column, i == 0)
    ]
    source = ', '.join(map(str, tables))
    labelled = merged(rows, source)
    if waiting := sum(not row.label for row in rows):
        notes.append(f'{waiting} rows have no label yet')
    old = read_class_names(str(out / 'classes.txt')) if (out / 'classes.txt').is_file() else []
    # 2 before 10: numbers of classes that are numbers are these.
    new = {row.label for row in labelled} - set(old)
    names = old + sorted(new, key=lambda name: (natural(name), name))
    if len(names) < 2:
        raise ValueError(f'{source}: one class, {names[0]!r}; a recognizer needs at least two')
    notes += [*doubts(names), *unread]
    group_of = _grouping(rows, group_by)
    if group_by not in (None, FOLDER):
        notes += doubts(sorted({row.group for row in rows}), f'values of {group_by}')
        if alone := sum(not row.group for row in labelled):
            notes.append(f'{alone} labelled clips have no {group_by}: each is a group by itself')
        told = {part_of(row.clip).file for row in rows if row.group}
        if untold := len(set(found) - told):
            notes.append(
                f'{untold} clips have no row that tells their {group_by}: clips of a {group_by} '
                'that is tested may be among those to learn from; give each a row, with an empty '
                'label where unknown'
            )
    pool: Rows = [(row.clip, names.index(row.label)) for row in labelled]
    if group_by is None and any(part_of(clip).start is not None for clip, _ in pool):
        group_of = _by_file(pool, test_share, seed)
        notes.append(
            'segments of one video stay together'
            if group_of
            else 'too few videos to keep their segments together: some of one are trained on and '
            'others tested, which says little of other videos'
        )
    lists, kept_notes = _split(pool, out, test_share, seed, group_of)
    notes += kept_notes
    # Kept lists may hold clips whose rows are gone.
    known = {part_of(clip).file for entries in (pool, *lists.values()) for clip, _ in entries}
    parts = _unlabelled_parts(rows, [*pool, *(row for rows in lists.values() for row in rows)])
    known |= {part_of(clip).file for clip in parts}
    lists['unlabelled'] = [(clip, None) for clip in (*found, *parts) if clip not in known]
    if group_of is not None:
        held = {clip for name in ('test', 'val') for clip, _ in lists.get(name, ())}
        pool_of = lists['unlabelled']
        lists['unlabelled'] = _without_groups(pool_of, held, group_of, 'unlabelled', notes)
    if not lists['test']:
        raise ValueError(f'{source}: one clip per class; label at least two of a class to test on')
    if not lists['labelled']:
        raise ValueError(
            f'{out}: all labelled clips are in the kept test.txt and val.txt, or of groups that '
            'are; label clips of other groups, or delete the two lists for new ones'
        )
    if not lists['unlabelled']:
        raise ValueError(f'{clips}: every clip has a label; there is nothing to learn from without')
    counts = {name: len(entries) for name, entries in lists.items()}
    notes += _small(lists, names)
    texts = {f'{name}.txt': ''.join(map(line_of, entries)) for name, entries in lists.items()}
    texts['classes.txt'] = ''.join(f'{name}\n' for name in names)
    length = schedule(counts['labelled'], counts['unlabelled'])
    texts['base.py'] = base_text(recipe, size, base, out, clips, len(names), counts, length)
    notes += made.write(texts, choice)
    if not (out / 'sefar.py').exists():
        (out / 'sefar.py').write_text(OWN.format(config=(out / 'sefar.py').as_posix()))
    classes = Counter(row.label for row in labelled)
    return OwnLists(counts, {name: classes[name] for name in names}, notes, recipe)


def _grouping(rows: Sequence[Labelled], group_by: str | None) -> Callable[[str], str] | None:
    """What tells a clip's group; a clip without one is a group by itself."""
    if group_by is None:
        return None
    if group_by == FOLDER:
        return lambda clip: str(Path(part_of(clip).file).parent)
    groups = {row.clip: row.group for row in rows if row.group}
    groups |= {part_of(clip).file: group for clip, group in groups.items()}
    return lambda clip: groups.get(clip) or groups.get(part_of(clip).file, clip)


def _unlabelled_parts(rows: Sequence[Labelled], labelled: Rows) -> list[str]:
    """Parts of videos that have a row without a label, and share no time with labelled ones."""
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for name, _ in labelled:
        part = part_of(name)
        taken[part.file].append((part.start or 0.0, part.end or math.inf))
    free = []
    for name in sorted({row.clip for row in rows if not row.label}):
        file, first, last = part_of(name)
        if first is None or last is None:
            continue
        if not any(start < last and first < end for start, end in taken[file]):
            free.append(name)
    return free


def _by_file(pool: Rows, share: float, seed: int) -> Callable[[str], str] | None:
    """Videos as groups, if every class would then be trained on and tested."""

    def group_of(clip: str) -> str:
        return part_of(clip).file

    try:
        parted = hold_out(pool, share, seed, group_of=group_of)
    except ValueError:
        return None
    classes = [{label for _, label in part} for part in (pool, *parted)]
    return group_of if classes.count(classes[0]) == 3 else None


def _split(
    pool: Rows, out: Path, test_share: float, seed: int, group_of: Callable[[str], str] | None
) -> tuple[dict[str, list], list[str]]:
    """Labelled clips to train on, to validate on and to test on; earlier lists are kept."""

    def held(clips: Rows, name: str, share: float) -> Rows:
        if group_of is not None:
            return hold_out(clips, share, seed, group_of=group_of)[1]
        if name == 'test':
            return hold_out_of_each(clips, share, seed)[1]
        # A clip of each class would be half of three; it may be the only one of its class.
        several = Counter(label for _, label in clips)
        some = [row for row in clips if several[row[1]] > 1]
        if share * len(some) < 1:
            return []
        return sorted(split_labelled(some, seed, share, at_least=0)[0])

    notes: list[str] = []
    label_of = dict(pool)
    lists: dict[str, list] = {}
    seen: dict[str, set[int]] = {}  # classes that earlier lists know
    for name in ('test', 'val'):
        file = out / f'{name}.txt'
        if not file.is_file():
            continue
        entries = read_clip_list(str(file))
        seen[name] = {entry.label for entry in entries}
        # A label that was mended in the table is mended here.
        paths = [os.path.normpath(e.path) for e in entries]  # `./#3.mp4` is `#3.mp4`
        labels = [label_of.get(p, e.label) for p, e in zip(paths, entries, strict=True)]
        lists[name] = list(zip(paths, labels, strict=True))
        notes.append(
            f'{name}.txt is kept: {len(entries)} clips; delete it for a new one, and train anew'
        )
    taken = {clip for entries in lists.values() for clip, _ in entries}
    rest = [row for row in pool if row[0] not in taken]
    if group_of is not None:
        rest = _without_groups(rest, taken, group_of, 'labelled', notes)
    for name, share in (('test', test_share), ('val', 0.2)):
        fresh = [row for row in rest if row[1] not in seen.get(name, ())]
        if not fresh:
            continue
        try:
            out_of_it = held(fresh, name, share)
        except ValueError as error:  # too few groups to part
            if name == 'test' and name not in lists:
                raise
            of = 'no clip of the new classes' if name in lists else 'left out'
            notes.append(f'{name}.txt: {of}: {error}')
            continue
        if name == 'val' and name not in lists and len(out_of_it) < HELD_OUT:
            continue
        chosen = set(out_of_it)
        lists[name] = [*lists.get(name, ()), *out_of_it]
        rest = [row for row in rest if row not in chosen]
        if group_of is not None:  # of a group whose clips of a new class are chosen
            held_out = {clip for clip, _ in chosen}
            rest = _without_groups(rest, held_out, group_of, 'labelled', notes)
    return dict(labelled=rest, **lists), notes


def _without_groups(
    rows: list, held_out: set[str], group_of: Callable[[str], str], what: str, notes: list[str]
) -> list:
    """Rows of clips of other groups than those held out; a note tells how many are left out."""
    groups = {group_of(clip) for clip in held_out}
    free = [row for row in rows if group_of(row[0]) not in groups]
    if apart := len(rows) - len(free):
        notes.append(f'{apart} {what} clips are of groups held out, and left out')
    return free


def _small(lists: dict[str, list], names: Sequence[str]) -> list[str]:
    """What is too little to rely on, in words."""
    notes = []
    number = len(lists['test'])
    if number < ENOUGH:
        half = 196 * math.sqrt(0.2 * 0.8 / number)
        notes.append(
            f'test.txt: {number} clips; an accuracy of 80 % is known to ± {half:.0f} points'
        )
    for name in ('labelled', 'test'):
        seen = {label for _, label in lists[name]}
        if absent := [names[label] for label in range(len(names)) if label not in seen]:
            notes.append(f'{name}.txt: no clip of {", ".join(absent)}')
    if 'val' not in lists:
        notes.append('too few labels for val.txt; nothing says whether the unlabelled clips pay')
    return notes
