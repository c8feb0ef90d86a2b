"""Places that commands write to."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Callable, Iterator
from pathlib import Path

from ..trial import Case
from ..world import World
from .made import touched


def of_outputs() -> Iterator[Case]:
    """Places that cannot be written to."""
    places: dict[str, Callable[[Path], Path]] = {
        'a place that takes no files': lambda d: Path('/proc/sefar/out'),
        'below a file': lambda d: touched(d / 'file') / 'out',
    }
    commands: dict[str, Callable] = {
        'train': lambda w, o: [w.config, '--work-dir', o],
        'test': lambda w, o: [w.config, w.checkpoint, '--work-dir', o],
        'predict': lambda w, o: [w.checkpoint, w.clips / '000.mp4', '--out', f'{o}.csv'],
        'label_next': lambda w, o: [w.checkpoint, w.clips, '--out', f'{o}.csv'],
        'export': lambda w, o: [w.checkpoint, o, '--format', 'mmaction', '--clips', w.clips],
        'suspect_labels': lambda w, o: [w.config, '--out', o],
        'perturbations': lambda w, o: [w.config, '--out', o],
        'simulate_labelling': lambda w, o: [w.config, '--out', o, '--count', 3],
        'extract_features': lambda w, o: [
            *(w.config, w.checkpoint, '--list', w.data / 'test.txt'),
            *('--clips', w.clips, '--out', o),
        ],
        'report': lambda w, o: [
            *('classes', f'run={w.root}/tested', '--out', o),
            *('--classes', w.data / 'classes.txt'),
        ],
        'data/make_lists': lambda w, o: [w.clips, w.root / 'labels.csv', '--out', o],
        'data/make_split': lambda w, o: [w.data / 'labelled.txt', '--share', 10, '--out', o],
        'data/make_synthgym': lambda w, o: ['--out', o, '--train', 1, '--val', 1, '--test', 1],
        'data/resize_clips': lambda w, o: [w.clips, o],
        'data/make_gym_qa': lambda w, o: [
            *(w.data / 'labelled.txt', '--classes', w.root / 'four_classes.txt'),
            *('--clips', w.clips, '--out', f'{o}.json'),
        ],
        'train_language_model': lambda w, o: [
            *('--classes', w.root / 'four_classes.txt', '--out', o)
        ],
    }
    for command, words in commands.items():
        for name, place in places.items():
            yield Case(
                command,
                f'output: {name}',
                lambda w, d, words=words, place=place: words(w, place(d)),
                ['sefar/out|/proc/sefar|file/out|/file'],
            )


def of_small_disks() -> Iterator[Case]:
    """Disks that are soon full."""
    few = {  # name: (command, words, size, what a clear message tells)
        'training': ('train', lambda w, o: [w.config, '--work-dir', o], '600k', 'epoch_'),
        'predictions': (
            'predict',
            lambda w, o: [w.checkpoint, w.clips, '--out', o / 'o.csv', '--draws', 0],
            '4k',
            'o.csv',
        ),
        'clips to label': (
            'label_next',
            lambda w, o: [w.checkpoint, w.clips, '--out', o / 'o.csv'],
            '4k',
            'disk/o',
        ),
        'lists': (
            'data/make_lists',
            lambda w, o: [w.clips, w.root / 'labels.csv', '--out', o / 'o'],
            '8k',
            'disk/o',
        ),
        'exports': (
            'export',
            lambda w, o: [w.checkpoint, o / 'o', '--format', 'onnx', '--clips', w.clips],
            '40k',
            'disk/o',
        ),
        'features': (
            'extract_features',
            lambda w, o: [
                *(w.config, w.checkpoint, '--list', w.data / 'test.txt'),
                *('--clips', w.clips, '--out', o / 'o', '--kind', 'patches'),
            ],
            '24k',
            'disk/o',
        ),
        'SynthGym': (
            'data/make_synthgym',
            lambda w, o: ['--out', o / 'o', '--train', 1, '--val', 1, '--test', 1],
            '100k',
            'disk/o',
        ),
        'smaller copies': (
            'data/resize_clips',
            lambda w, o: [w.clips, o / 'o', '--short-side', 32],
            '40k',
            'disk/o',
        ),
        'cached frames': (
            'data/cache_frames',
            lambda w, o: [cached(w, o)],
            '100k',
            'disk/cache',
        ),
    }

    def cached(world: World, disk: Path) -> Path:
        path = disk.parent / 'cached.py'
        path.write_text(
            f"_base_ = ['{world.config}']\n"
            f"train_dataloader = dict(dataset=dict(cache=dict(folder='{disk}/cache')))\n"
        )
        return path

    for name, (command, words, size, tell) in few.items():
        yield Case(
            command,
            f'a full disk: {name}',
            lambda w, d, words=words: words(w, d / 'disk'),
            [tell],
            disk=size,
        )
