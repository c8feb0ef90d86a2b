"""Lists of the mocap gestures, for several draws of the labels."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sefar.datasets.clip_lists import read_class_names, read_clip_list

from .files import write_lines, write_list
from .splits import draw_like, hold_out_of_each

PROTOCOLS = ('random', 'new_styles')
SHARES = (5, 10, 20)
HELD_STYLES = ('exhausted', 'feminine')
"""Two of the five styles of moving that new_styles trains on; held_styles tests on them."""


def make_mocap(source: Path, out: Path, draws: int) -> list[Path]:
    """Write the lists of each protocol, draw and share.

    ::

        out/videos, out/videos_studio                    links to the clips
        out/PROTOCOL/test.txt
        out/PROTOCOL/draw_N/{labelled,unlabelled}_XXp.txt
        out/PROTOCOL/draw_N/{kept,val}_XXp.txt           labelled, a fifth of each class held out
        out/held_styles/…                                new_styles' training clips, likewise

    What helps on styles that training never shows can be settled on ``held_styles``, whose test
    clips are training clips of ``new_styles``.

    Args:
        source: The data set's folder.
        out: Folder to write.
        draws: Draws of the labelled clips; draw 0 is the data set's own.

    Returns:
        The lists.

    Raises:
        FileNotFoundError: ``source`` is not the data set.
        ValueError: ``out`` has links to the clips of another one.
    """
    if not (source / 'classes.txt').is_file():
        raise FileNotFoundError(f'{source}: is not the folder of mocap_gestures (no classes.txt)')
    written = []

    def write(path: Path, clips: Sequence[tuple[str, int]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_list(path, clips)
        written.append(path)

    out.mkdir(parents=True, exist_ok=True)
    write_lines(out / 'classes.txt', read_class_names(str(source / 'classes.txt')))
    for clips_of in ('videos', 'videos_studio'):
        link, real = out / clips_of, (source / clips_of).resolve()
        if link.is_symlink() and link.resolve() != real:
            raise ValueError(f'{link}: leads to {link.resolve()}, not to {real}; delete it')
        if not link.exists():
            link.symlink_to(real)
    for protocol in PROTOCOLS:
        lists = source / f'lists_{protocol}'
        write(out / protocol / 'test.txt', _read(lists / 'test.txt'))
        pool = _read(lists / 'train.txt')
        if protocol == 'new_styles':
            write(out / 'held_styles/test.txt', [clip for clip in pool if _held(clip)])
        for share in SHARES:
            own = _read(lists / f'labeled_{share:02d}p.txt')
            for draw in range(draws):
                labelled = own if draw == 0 else draw_like(pool, Counter(c for _, c in own), draw)
                kept, val = hold_out_of_each(labelled, 0.2, draw)
                chosen = {path for path, _ in labelled}
                unlabelled = [clip for clip in pool if clip[0] not in chosen]
                folder = out / protocol / f'draw_{draw}'
                for name, clips in (
                    ('labelled', labelled),
                    ('unlabelled', unlabelled),
                    ('kept', kept),
                    ('val', val),
                ):
                    write(folder / f'{name}_{share:02d}p.txt', clips)
                    if protocol == 'new_styles':
                        path = out / 'held_styles' / f'draw_{draw}/{name}_{share:02d}p.txt'
                        write(path, [clip for clip in clips if not _held(clip)])
    return written


def _held(clip: tuple[str, int]) -> bool:
    """Whether a clip, ``action_style_number.mp4``, is of a style that is held out."""
    return clip[0].split('_')[1] in HELD_STYLES


def _read(path: Path) -> list[tuple[str, int]]:
    return [(entry.path, entry.label) for entry in read_clip_list(str(path))]
