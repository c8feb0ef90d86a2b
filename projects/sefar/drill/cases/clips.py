"""Clips."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Callable, Iterator
from pathlib import Path

from .. import spoil
from ..trial import Case
from ..world import World, write_clip
from .made import train

CLIPS: dict[str, Callable[[Path], object]] = {
    'text named .mp4': lambda p: p.write_text('this is no video\n'),
    'an empty file': lambda p: p.touch(),
    'a folder': lambda p: p.mkdir(),
    'a FIFO': lambda p: spoil.pipe(p, p),
    'a device': lambda p: p.symlink_to('/dev/zero'),
    'a broken link': lambda p: p.symlink_to('/nowhere.mp4'),
    'half a video': lambda p: _half(p),
}


def _half(path: Path) -> None:
    write_clip(path, 100, frames=60)
    spoil.cut(path, path)


def of_clips() -> Iterator[Case]:
    """Clips that are none."""
    for name, make in CLIPS.items():

        def clips(world: World, folder: Path, make=make) -> Path:
            """A folder of a right clip and a wrong one."""
            place = folder / 'clips'
            place.mkdir()
            spoil.copied(place / 'right.mp4', world.clips / '000.mp4')
            make(place / 'wrong.mp4')
            (folder / 'list.txt').write_text('right.mp4 0\nwrong.mp4 1\n')
            return place

        def one(world, folder, clips=clips):
            return clips(world, folder) / 'wrong.mp4'

        yield Case(
            'predict',
            f'clip: {name}',
            lambda w, d, one=one: [w.checkpoint, one(w, d), '--workers', 0],
            ['wrong.mp4'],
        )
        yield Case(
            'predict',
            f'a clip of a list: {name}',
            lambda w, d, clips=clips: [
                *(w.checkpoint, clips(w, d).parent / 'list.txt'),
                *('--root', d / 'clips', '--workers', 0),
            ],
            ['wrong.mp4', 'cannot'],
            put_up_with=True,
        )
        yield Case(
            'data/check_lists',
            f'clip: {name}',
            lambda w, d, clips=clips: [
                *('--clips', clips(w, d), '--labelled', d / 'list.txt'),
            ],
            ['wrong.mp4'],
        )
        yield Case(
            'extract_features',
            f'clip: {name}',
            lambda w, d, clips=clips: [
                *(w.config, w.checkpoint, '--clips', clips(w, d)),
                *('--list', d / 'list.txt', '--out', d / 'o'),
            ],
            ['wrong.mp4'],
        )
        for kind in ('labelled', 'test'):

            def command(w, d, clips=clips, kind=kind):
                wrong = clips(w, d) / 'wrong.mp4'
                lines = (w.data / f'{kind}.txt').read_text()
                path = d / 'spoilt.txt'
                path.write_text(f'{lines}{wrong} 0\n')
                if kind == 'test':
                    return [
                        *(w.config, w.checkpoint, '--work-dir', d / 'w'),
                        *('--cfg-options', f'test_dataloader.dataset.ann_file={path}'),
                    ]
                return train(w, d, f'train_dataloader.dataset.labelled.ann_file={path}')

            yield Case(
                'train' if kind == 'labelled' else 'test', f'clip: {name}', command, ['wrong.mp4']
            )
        if name not in ('a folder', 'a broken link'):
            yield Case(
                'data/resize_clips',
                f'clip: {name}',
                lambda w, d, clips=clips: [clips(w, d), d / 'o'],
                ['wrong.mp4'],
            )
