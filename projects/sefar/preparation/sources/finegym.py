"""FineGym: Gym99, Gym288 and the scopes of the paper inside them.

Annotations: ``gym99_train_element_v1.1.txt``, ``gym99_val_element.txt``, ``gym99_categories.txt``
and the same of Gym288, from the FineGym site. Clips: ``<clip>.mp4``, named as the lists name them
(``<video>_E_<start>_<end>_A_<start>_<end>``), which is what MMAction2's FineGym scripts write.
"""

import re
from pathlib import Path
from typing import NamedTuple

from .common import Scope, SourceError, read_lines

_CATEGORY = re.compile(r'Clabel:\s*(\d+);\s*set:\s*(\d+);\s*Glabel:\s*\d+;\s*(.+)')
_CLIP = re.compile(r'\S+_E_\d+_\d+_A_\d+_\d+')

# Gym-New: 40 classes of Gym288 in pairs, each pair one element and its reverse. The names give
# more such pairs than the authors took; these are theirs, in the order of their labels.
GYM_NEW = (
    *(106, 117, 107, 118, 108, 122, 109, 123),
    *(208, 216, 209, 217, 211, 225, 212, 222, 213, 223),
    *(234, 236, 237, 244, 239, 243, 241, 246, 248, 250, 249, 251, 254, 255, 257, 259, 258, 260),
    *(271, 272, 277, 278),
)


class Category(NamedTuple):
    """A line of a category file: class number, FineGym's set number, name."""

    label: int
    group: int
    name: str

    @property
    def event(self) -> str:
        """``'VT'``, ``'FX'``, ``'BB'`` or ``'UB'``."""
        return self.name[1:3]


# Scope -> (annotation set, which of its classes). Sets 41 and 21 are the circles on uneven bars
# and the leaps, jumps and hops on the floor.
SCOPES = {
    'gym99': ('gym99', lambda c: True),
    'gym288': ('gym288', lambda c: True),
    'ub': ('gym99', lambda c: c.event == 'UB'),
    'fx': ('gym99', lambda c: c.event == 'FX'),
    'vt': ('gym99', lambda c: c.event == 'VT'),
    'bb': ('gym99', lambda c: c.event == 'BB'),
    'ub_s1': ('gym99', lambda c: c.group == 41),
    'fx_s1': ('gym99', lambda c: c.group == 21),
    'gym_new': ('gym288', lambda c: c.label in GYM_NEW),
}


def read_categories(path: Path) -> list[Category]:
    """Read ``gym99_categories.txt`` or ``gym288_categories.txt``.

    Raises:
        SourceError: a line is malformed or the class numbers do not run from 0.
    """
    categories: list[Category] = []
    for number, line in enumerate(read_lines(path), 1):
        match = _CATEGORY.fullmatch(line)
        if match is None or int(match[1]) != len(categories):
            raise SourceError(
                f'{path}:{number}: found {line!r}, wanted "Clabel: {len(categories)}; set: …; '
                'Glabel: …; name"'
            )
        categories.append(Category(int(match[1]), int(match[2]), match[3]))
    return categories


def read_elements(path: Path, num_classes: int) -> list[tuple[str, int]]:
    """Read an element list: ``<clip> <label>`` a line.

    Raises:
        SourceError: a line is malformed, a label out of range or a clip named twice.
    """
    entries: dict[str, int] = {}
    for number, line in enumerate(read_lines(path), 1):
        clip, _, label = line.rpartition(' ')
        if not _CLIP.fullmatch(clip) or not label.isdecimal() or int(label) >= num_classes:
            raise SourceError(
                f'{path}:{number}: found {line!r}, wanted "<video>_E_…_A_… label" with a label in '
                f'[0, {num_classes})'
            )
        if clip in entries:
            raise SourceError(f'{path}:{number}: {clip} stands in the list twice')
        entries[clip] = int(label)
    return list(entries.items())


def read_scope(annotations: Path, scope: str) -> Scope:
    """Build a scope from the official files; its labels count its classes from 0.

    Args:
        annotations: Folder of the official files.
        scope: A key of ``SCOPES``.

    Raises:
        SourceError: a file is absent or malformed.
    """
    base, wanted = SCOPES[scope]
    categories = read_categories(annotations / f'{base}_categories.txt')
    kept = [c for c in categories if wanted(c)]
    if scope == 'gym_new':
        kept.sort(key=lambda c: GYM_NEW.index(c.label))
    new_label = {category.label: label for label, category in enumerate(kept)}
    files = dict(train=f'{base}_train_element_v1.1.txt', test=f'{base}_val_element.txt')
    lists = {
        name: [
            (clip, new_label[label])
            for clip, label in read_elements(annotations / file, len(categories))
            if label in new_label
        ]
        for name, file in files.items()
    }
    hierarchy = [(category.event, str(category.group)) for category in kept]
    return Scope([category.name for category in kept], lists, hierarchy)
