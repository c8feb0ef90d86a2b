"""Command lines and spoilt files that cases share."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .. import spoil
from ..trial import Case
from ..world import World

Words = Callable[[World, Path], Sequence[object]]
Spoil = Callable[[Path, Path], None]
TEXT: tuple[Spoil, ...] = (spoil.missing, spoil.folder, spoil.empty, spoil.noise, spoil.pipe)
FILES = (*TEXT, spoil.prose)


def spoilt(
    command: str, what: str, name: str, right: Callable[[World], Path], words: Callable, kinds
) -> Iterator[Case]:
    """Cases of one file of a command line, spoilt in several ways.

    Args:
        command: The command.
        what: Which file, in words.
        name: Its name when spoilt, which a clear message tells.
        right: The right file.
        words: The command line, given the world, the case's folder and the file.
        kinds: Ways to spoil.
    """
    for kind in kinds:

        def make(world: World, folder: Path, kind: Spoil = kind) -> Sequence[object]:
            path = folder / name
            kind(path, right(world))
            return words(world, folder, path)

        yield Case(command, f'{what}: {kind.__doc__.rstrip(".")}', make, [name])


def train(world: World, folder: Path, *options: str) -> list[object]:
    """A training with some options."""
    return [world.config, '--work-dir', folder / 'w', '--cfg-options', *options]


def touched(path: Path) -> Path:
    """An empty file, made."""
    path.touch()
    return path


def report(world: World, folder: Path, run: object, name: str = 'a=') -> list[object]:
    """A report of one run."""
    return ['runs', f'{name}{run}', '--out', folder / 'o', '--classes', world.data / 'classes.txt']


def app(world: World, folder: Path) -> list[object]:
    """The page, its clips in a wrong place."""
    return [world.run, '--labels', world.root / 'next.csv', '--clips', folder]


def new_folder(path: Path) -> Path:
    """An empty folder, made."""
    path.mkdir()
    return path
