"""The lists that the authors of SeFAR and SVFormer released, taken over exactly as they are.

A folder of theirs holds ``train.csv`` (labelled), ``unlabel.csv`` and ``test.csv``; in one of them
the second is misspelt ``unlabe.csv`` and two lists have commas; most have Windows line ends. Paths
begin with a folder of the authors' machine, which is replaced.
"""

from pathlib import Path, PurePosixPath

from sefar.datasets.clip_lists import read_clip_list

from .common import Scope, SourceError

_FILES = dict(labelled=('train',), unlabelled=('unlabel', 'unlabe'), test=('test',))


def read_released(folder: Path, prefix: str, rate: float) -> Scope:
    """Read a folder of released lists.

    Args:
        folder: Holds the three files.
        prefix: Folder that the paths begin with on the authors' machine, such as ``/root/video``.
        rate: Their labelled share in percent; it goes into the names of the lists.

    Returns:
        A scope with the lists ``labelled_XXp``, ``unlabelled_XXp`` and ``test``, every line of
        them. The release names no classes: they are called ``class 0``, ``class 1``, ….

    Raises:
        SourceError: a list is absent, or a path does not begin with the prefix.
    """
    lists: dict[str, list[tuple[str, int]]] = {}
    for kind, stems in _FILES.items():
        name = kind if kind == 'test' else f'{kind}_{rate:02g}p'
        found = [folder / f'{stem}.csv' for stem in stems if (folder / f'{stem}.csv').is_file()]
        if not found:
            raise SourceError(f'{folder / stems[0]}.csv: no such list')
        lists[name] = []
        for entry in read_clip_list(str(found[0])):
            path = PurePosixPath(entry.path)
            if not path.is_relative_to(prefix):
                raise SourceError(
                    f'{found[0]}:{entry.line}: {entry.path} does not begin with {prefix}; give '
                    'the folder that it does begin with as --prefix'
                )
            clip = path.relative_to(prefix).with_suffix('').as_posix()
            lists[name].append((clip, entry.label))
    count = 1 + max(label for entries in lists.values() for _, label in entries)
    return Scope([f'class {label}' for label in range(count)], lists)
