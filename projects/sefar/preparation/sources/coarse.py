"""UCF-101, HMDB-51 and Something-Something V2, in their official layouts.

- UCF-101: ``classInd.txt``, ``trainlist0N.txt`` and ``testlist0N.txt``; clips
  ``<class>/<name>.avi``.
- HMDB-51: ``<class>_test_splitN.txt`` with 1 for training, 2 for testing, 0 for neither; clips
  ``<class>/<name>.avi``.
- Something-Something V2: ``labels.json``, ``train.json`` and ``validation.json``, with or without
  the prefix ``something-something-v2-``; clips ``<id>.webm``.
"""

import json
from pathlib import Path
from typing import Any

from .common import Scope, SourceError, read_lines


def read_ucf101(annotations: Path, split: int = 1) -> Scope:
    """Build a split of UCF-101.

    Args:
        annotations: Folder ``ucfTrainTestlist``.
        split: 1, 2 or 3.

    Raises:
        SourceError: a file is absent or malformed.
    """
    classes = []
    for number, line in enumerate(filter(None, read_lines(annotations / 'classInd.txt')), 1):
        index, _, name = line.partition(' ')
        if index != str(number) or not name:
            raise SourceError(
                f'{annotations}/classInd.txt:{number}: found {line!r}, wanted "{number} name"'
            )
        classes.append(name)
    label = {name: i for i, name in enumerate(classes)}
    lists: dict[str, list[tuple[str, int]]] = {}
    for name, file in (('train', f'trainlist0{split}.txt'), ('test', f'testlist0{split}.txt')):
        lists[name] = []
        for number, line in enumerate(read_lines(annotations / file), 1):
            if not line:
                continue
            clip = line.split()[0]
            if clip.split('/')[0] not in label or not clip.endswith('.avi'):
                raise SourceError(f'{annotations / file}:{number}: found {line!r}, wanted a clip')
            lists[name].append((clip[: -len('.avi')], label[clip.split('/')[0]]))
    return Scope(classes, lists)


def read_hmdb51(annotations: Path, split: int = 1) -> Scope:
    """Build a split of HMDB-51.

    Args:
        annotations: Folder ``testTrainMulti_7030_splits``.
        split: 1, 2 or 3.

    Raises:
        SourceError: a file is absent or malformed.
    """
    ending = f'_test_split{split}.txt'
    files = sorted(annotations.glob(f'*{ending}'))
    if not files:
        raise SourceError(f'{annotations}: no *{ending}; check --annotations')
    lists: dict[str, list[tuple[str, int]]] = {'train': [], 'test': []}
    classes = [file.name[: -len(ending)] for file in files]
    for label, (name, file) in enumerate(zip(classes, files, strict=True)):
        for number, line in enumerate(read_lines(file), 1):
            if not line:
                continue
            clip, _, use = line.rpartition(' ')
            if not clip.endswith('.avi') or use not in ('0', '1', '2'):
                raise SourceError(f'{file}:{number}: found {line!r}, wanted "clip.avi 0|1|2"')
            if use != '0':
                part = 'train' if use == '1' else 'test'
                lists[part].append((f'{name}/{clip[: -len(".avi")]}', label))
    return Scope(classes, lists)


def read_ssv2(annotations: Path) -> Scope:
    """Build Something-Something V2; its validation list is the test list, as everybody has it.

    Args:
        annotations: Folder of the JSON files.

    Raises:
        SourceError: a file is absent or malformed.
    """
    labels = _read_json(annotations, 'labels', dict)
    classes = sorted(labels, key=lambda name: int(labels[name]))
    lists: dict[str, list[tuple[str, int]]] = {}
    for name, part in (('train', 'train'), ('test', 'validation')):
        lists[name] = []
        for number, item in enumerate(_read_json(annotations, part, list), 1):
            template = str(item.get('template')).replace('[', '').replace(']', '')
            if template not in labels or 'id' not in item:
                raise SourceError(
                    f'{annotations}: entry {number} of {part}: found {item}, wanted an id and a '
                    'template that labels.json has'
                )
            lists[name].append((str(item['id']), int(labels[template])))
    return Scope(classes, lists)


def _read_json(folder: Path, name: str, kind: type) -> Any:
    paths = [folder / f'{prefix}{name}.json' for prefix in ('', 'something-something-v2-')]
    for path in paths:
        if path.is_file():
            try:
                found = json.loads(path.read_text())
            except ValueError as error:
                raise SourceError(f'{path}: is no JSON: {error}') from error
            if not isinstance(found, kind):
                raise SourceError(
                    f'{path}: holds a {type(found).__name__}, wanted a {kind.__name__}'
                )
            return found
    raise SourceError(f'{paths[0]}: no such annotation file; check --annotations')
