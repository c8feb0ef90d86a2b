"""Every case of the drill."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import spoil
from .small_disk import can_mount
from .trial import Case
from .world import World, write_clip

Words = Callable[[World, Path], Sequence[object]]
Spoil = Callable[[Path, Path], None]

TEXT: tuple[Spoil, ...] = (spoil.missing, spoil.folder, spoil.empty, spoil.noise, spoil.pipe)
FILES = (*TEXT, spoil.prose)


def cases() -> list[Case]:
    """All of them, by command."""
    found = [*of_files(), *of_checkpoints(), *of_outputs(), *of_numbers()]
    found += [*of_lists(), *of_clips(), *of_tables(), *of_configs()]
    if can_mount():
        found += of_small_disks()
    names = [(case.command, case.name) for case in found]
    assert len(set(names)) == len(names), 'two cases of one name'
    return sorted(found, key=lambda case: case.command)


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


CHECKPOINTS: tuple[tuple[str, str, Callable], ...] = (
    ('predict', 'checkpoint', lambda w, d, p: [p, w.clips / '000.mp4']),
    ('label_next', 'checkpoint', lambda w, d, p: [p, w.clips, '--out', d / 'o.csv']),
    (
        'export',
        'checkpoint',
        lambda w, d, p: [p, d / 'o', '--format', 'mmaction', '--clips', w.clips],
    ),
    ('test', 'checkpoint', lambda w, d, p: [w.config, p, '--work-dir', d / 'w']),
    (
        'extract_features',
        'checkpoint',
        lambda w, d, p: [
            *(w.config, p, '--list', w.data / 'test.txt', '--clips', w.clips, '--out', d / 'o')
        ],
    ),
    ('convert_weights', 'checkpoint', lambda w, d, p: [p, d / 'o.pth', '--to', w.config]),
    ('train', 'checkpoint', lambda w, d, p: train(w, d, f'load_from={p}')),
    (
        'train',
        'resumed checkpoint',
        lambda w, d, p: [w.config, '--work-dir', d / 'w', '--resume', p],
    ),
)
"""Commands that take a checkpoint, what it is to them, and their words."""


def of_files() -> Iterator[Case]:
    """Files that are named on a command line."""
    config, run = (lambda w: w.config), (lambda w: w.checkpoint)
    labelled = lambda w: w.data / 'labelled.txt'  # noqa: E731
    labels, classes = (lambda w: w.root / 'labels.csv'), (lambda w: w.data / 'classes.txt')
    texts = (*FILES, spoil.utf16)
    for command, words in {
        'train': lambda w, d, p: [p, '--work-dir', d / 'w'],
        'test': lambda w, d, p: [p, w.checkpoint, '--work-dir', d / 'w'],
        'model_info': lambda w, d, p: [p],
        'perturbations': lambda w, d, p: [p, '--out', d / 'o'],
        'suspect_labels': lambda w, d, p: [p, '--out', d / 'o'],
        'simulate_labelling': lambda w, d, p: [p, '--out', d / 'o', '--count', 3],
        'data/cache_frames': lambda w, d, p: [p],
        'extract_features': lambda w, d, p: [
            *(p, w.checkpoint, '--list', w.data / 'test.txt'),
            *('--clips', w.clips, '--out', d / 'o'),
        ],
    }.items():
        yield from spoilt(command, 'config', 'spoilt.py', config, words, FILES)
    broken = (*FILES, spoil.cut, spoil.flipped, spoil.hostile, spoil.hostile_checkpoint)
    for command, what, words in CHECKPOINTS:
        yield from spoilt(command, what, 'spoilt.pth', run, words, broken)
    for command, words in {
        'predict': lambda w, d, p: [w.checkpoint, p],
        'label_next': lambda w, d, p: [w.checkpoint, p, '--out', d / 'o.csv'],
        'extract_features': lambda w, d, p: [
            *(w.config, w.checkpoint, '--list', p, '--clips', w.clips, '--out', d / 'o')
        ],
        'data/check_lists': lambda w, d, p: ['--labelled', p],
        'data/make_split': lambda w, d, p: [p, '--share', 10, '--out', d / 'o'],
        'data/make_gym_qa': lambda w, d, p: [
            *(p, '--classes', w.data / 'classes.txt', '--clips', w.clips, '--out', d / 'o.json')
        ],
        'train': lambda w, d, p: train(w, d, f'train_dataloader.dataset.labelled.ann_file={p}'),
        'test': lambda w, d, p: [
            *(w.config, w.checkpoint, '--work-dir', d / 'w'),
            *('--cfg-options', f'test_dataloader.dataset.ann_file={p}'),
        ],
    }.items():
        yield from spoilt(command, 'list', 'spoilt.txt', labelled, words, texts)
    yield from spoilt(
        'train',
        'unlabelled list',
        'spoilt.txt',
        labelled,
        lambda w, d, p: train(w, d, f'train_dataloader.dataset.unlabelled.ann_file={p}'),
        TEXT,
    )
    for command, words in {
        'data/make_lists': lambda w, d, p: [w.clips, p, '--out', d / 'o'],
        'app': lambda w, d, p: [w.run, '--labels', p, '--clips', w.clips, '--port', 7899],
    }.items():
        yield from spoilt(command, 'table', 'spoilt.csv', labels, words, FILES)
    for command, words in {
        'data/check_lists': lambda w, d, p: [
            *('--labelled', w.data / 'labelled.txt', '--classes', p)
        ],
        'train_language_model': lambda w, d, p: ['--classes', p, '--out', d / 'o'],
        'data/make_gym_qa': lambda w, d, p: [
            *(w.data / 'labelled.txt', '--classes', p, '--clips', w.clips),
            *('--out', d / 'o.json'),
        ],
    }.items():
        yield from spoilt(command, 'class names', 'spoilt.txt', classes, words, texts)
    yield from spoilt(
        'data/check_gym_qa',
        'questions',
        'spoilt.json',
        lambda w: w.root / 'questions.json',
        lambda w, d, p: [p],
        texts,
    )
    for name in ('runs', 'classes'):

        def words(w, d, p, name=name):
            return [name, f'run={p.parent}', '--out', d / 'o', '--classes', w.data / 'classes.txt']

        yield from spoilt(
            'report',
            f'scores for {name}',
            'scores.npz',
            lambda w: w.root / 'tested/scores.npz',
            words,
            (*FILES, spoil.hostile, spoil.cut),
        )


def of_checkpoints() -> Iterator[Case]:
    """Checkpoints that hold something else than is wanted."""

    def first(found: dict) -> str:
        return next(key for key, value in found['state_dict'].items() if value.ndim > 1)

    def nan(found: dict) -> None:
        found['state_dict'][first(found)].fill_(float('nan'))

    def altered(found: dict) -> None:
        found['state_dict'][first(found)].view(-1)[0] += 1

    def lacking(found: dict) -> None:
        del found['state_dict'][first(found)]

    def reshaped(found: dict) -> None:
        key = first(found)
        found['state_dict'][key] = found['state_dict'][key][..., :1]

    def foreign(found: dict) -> None:
        found['state_dict'] = {f'other.{k}': v for k, v in found['state_dict'].items()}

    def without_weights(found: dict) -> None:
        found['state_dict'] = {}

    def other_classes(found: dict) -> None:
        found['meta']['dataset_meta'] = dict(classes=('middle', 'low', 'high'))

    changes = dict(
        altered=(altered, 'not those'),
        nan=(nan, 'nan|finite'),
        lacking=(lacking, 'missing'),
        reshaped=(reshaped, 'shape'),
        foreign=(foreign, 'keys'),
        without_weights=(without_weights, 'keys|weights'),
        other_classes=(other_classes, 'class'),
    )
    own_classes = ('predict', 'label_next', 'export')  # they take the checkpoint's
    for command, what, words in CHECKPOINTS:
        if command == 'convert_weights':
            continue  # it reads what is no checkpoint of the recognizer
        for name, (change, word) in changes.items():
            if name == 'other_classes' and command in own_classes:
                continue

            def make(w, d, words=words, change=change):
                path = d / 'spoilt.pth'
                spoil.changed_weights(change, change is not altered)(path, w.checkpoint)
                return words(w, d, path)

            yield Case(command, f'{what}: {name}', make, ['spoilt.pth', word])
        if command in own_classes:

            def hostile(w, d, words=words):
                path = d / 'spoilt.pth'
                spoil.hostile_config(path, w.checkpoint)
                return words(w, d, path)

            yield Case(command, f'{what}: its config runs code', hostile, ['spoilt.pth'])


def of_outputs() -> Iterator[Case]:
    """Places that cannot be written to."""
    places: dict[str, Callable[[Path], Path]] = {
        'a place that takes no files': lambda d: Path('/proc/sefar/out'),
        'below a file': lambda d: _file(d / 'file') / 'out',
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


def _file(path: Path) -> Path:
    path.touch()
    return path


def of_numbers() -> Iterator[Case]:
    """Numbers outside their range, and words that are none of the choices."""

    def case(command: str, option: str, value: object, words: Words, tell: str = '') -> Case:
        return Case(
            command,
            f'{option} {value}',
            lambda w, d: [*words(w, d), option, value],
            [tell or option.lstrip('-').replace('-', '_') + '|' + option],
        )

    def predict(w: World, d: Path) -> list[object]:
        return [w.checkpoint, w.clips / '000.mp4']

    for option, values in {
        '--top-k': (0, -1, 'x'),
        '--windows': (0, -2, 'nan'),
        '--threshold': (2, -0.1, 'nan'),
        '--draws': (-1, 'many'),
        '--batch-size': (0, -4),
        '--workers': (-1,),
        '--device': ('cuda', 'gpu'),
        '--network': ('nobody',),
    }.items():
        for value in values:
            yield case('predict', option, value, predict)
    yield Case(
        'predict',
        '--stride without --windows',
        lambda w, d: [*predict(w, d), '--stride', 1],
        ['--windows'],
    )

    yield Case(
        'predict',
        '--calibrate /nowhere/val.txt',
        lambda w, d: [*predict(w, d), '--calibrate', '/nowhere/val.txt'],
        ['/nowhere/val.txt'],
    )

    def label(w: World, d: Path) -> list[object]:
        return [w.checkpoint, w.clips, '--out', d / 'o.csv']

    for option, value in {
        '--count': 0,
        '--strategy': 'best',
        '--batch-size': 0,
        '--workers': -2,
        '--device': 'cuda',
        '--network': 'nobody',
    }.items():
        yield case('label_next', option, value, label)

    def lists(w: World, d: Path) -> list[object]:
        return [w.clips, w.root / 'labels.csv', '--out', d / 'o']

    for option, value in {
        '--test-share': 1.5,
        '--size': 100,
        '--recipe': 'resnet',
        '--group-by': 'athlete',
        '--seed': 'x',
    }.items():
        yield case('data/make_lists', option, value, lists)

    def split(w: World, d: Path) -> list[object]:
        return [w.data / 'labelled.txt', '--out', d / 'o']

    for option, value in {'--share': 0, '--per-class': 0}.items():
        yield case('data/make_split', option, value, split)
    for value in (101, -5, 'nan'):
        yield case('data/make_split', '--share', value, split)
    for option, value in {'--hold-out': 100, '--at-least': -1, '--source': '('}.items():
        yield case(
            'data/make_split', option, value, lambda w, d: [*split(w, d), '--share', 50], option
        )
    for option, value in {'--imbalance': 1, '--foreign': 100}.items():
        yield case('data/make_pools', option, value, lambda w, d: [w.data, '--out', d / 'o'])
    yield case(  # the world's pool has no hidden labels
        'data/make_pools', '--imbalance', 5, lambda w, d: [w.data, '--out', d / 'o'], 'unlabelled'
    )
    for option, value in {'--train': 0, '--rates': 0, '--size': 2, '--workers': 0}.items():
        yield case('data/make_synthgym', option, value, lambda w, d: ['--out', d / 'o'])
    for option, value in {'--short-side': 0, '--gop': 0, '--workers': 0}.items():
        yield case('data/resize_clips', option, value, lambda w, d: [w.clips, d / 'o'])
    for option, value in {'--folds': 1, '--seed': 'x'}.items():
        yield case('suspect_labels', option, value, lambda w, d: [w.config, '--out', d / 'o'])
        yield case('perturbations', option, value, lambda w, d: [w.config, '--out', d / 'o'])
    for option, value in {'--count': 0, '--rounds': 0, '--seeds': 'x'}.items():
        yield case(
            'simulate_labelling',
            option,
            value,
            lambda w, d: [w.config, '--out', d / 'o', '--count', 3],
        )
    for option, value in {'--port': 99999, '--host': '203.0.113.9'}.items():
        yield case('app', option, value, lambda w, d: [w.run], str(value))

    def features(w: World, d: Path) -> list[object]:
        return [
            *(w.config, w.checkpoint, '--list', w.data / 'test.txt'),
            *('--clips', w.clips, '--out', d / 'o'),
        ]

    for option, value in {
        '--batch-size': 0,
        '--shard-size': 0,
        '--processes': 0,
        '--device': 'cuda',
        '--network': 'nobody',
        '--kind': 'all',
    }.items():
        yield case('extract_features', option, value, features)
    for value in ('none', 'table99'):
        yield Case('experiment', f'table {value}', lambda w, d, v=value: [v], ['none|table99'])
    for option, value in {'--data': 'kinetics', '--seeds': 'x', '--jobs': 0}.items():
        yield case('experiment', option, value, lambda w, d: ['table3'])
    yield case('experiment', '--rows', 'Nobody', lambda w, d: ['table3', '--data', 'synthgym'])
    for value in (0, -1):
        yield case('benchmark', '--repeats', value, lambda w, d: ['step', w.config])
    yield case('benchmark', '--device', 'cuda', lambda w, d: ['step', w.config])


def of_lists() -> Iterator[Case]:
    """What stands in lists."""

    def spoilt_list(world: World, folder: Path, name: str, change: Callable) -> Path:
        lines = (world.data / f'{name}.txt').read_text().splitlines()
        path = folder / 'spoilt.txt'
        path.write_text('\n'.join(change(lines, world, folder)) + '\n')
        return path

    def link(lines, world, folder):
        target = world.clips / 'linked.mp4'
        if not target.is_symlink():
            target.symlink_to(world.clips / (world.data / 'test.txt').read_text().split()[0])
        return [*lines, 'linked.mp4 0']

    def copy(lines, world, folder):
        name = (world.data / 'test.txt').read_text().split()[0]
        spoil.copied(world.clips / 'copied.mp4', world.clips / name)
        return [*lines, 'copied.mp4 0']

    def other(lines):
        return (int(lines[0].split()[1]) + 1) % 3

    def test_clip(world):
        return (world.data / 'test.txt').read_text().split()[0]

    labelled = {
        'the same clip with two labels': lambda ls, w, d: [
            *ls,
            f'{ls[0].split()[0]} {other(ls)}',
        ],
        'the same clip in another spelling': lambda ls, w, d: [*ls, f'./{ls[0]}'],
        'the same clip by its absolute path': lambda ls, w, d: [*ls, f'{w.clips}/{ls[0]}'],
        'a test clip': lambda ls, w, d: [*ls, (w.data / 'test.txt').read_text().splitlines()[0]],
        'a test clip in another spelling': lambda ls, w, d: [*ls, f'x/../{test_clip(w)} 0'],
        'a test clip by a link': link,
        'a copy of a test clip': copy,
        'a validation clip': lambda ls, w, d: [
            *ls,
            (w.data / 'val.txt').read_text().splitlines()[0],
        ],
        'a label out of range': lambda ls, w, d: [*ls[:-1], f'{ls[-1].split()[0]} 7'],
        'a negative label': lambda ls, w, d: [*ls[:-1], f'{ls[-1].split()[0]} -1'],
        'a huge label': lambda ls, w, d: [*ls[:-1], f'{ls[-1].split()[0]} 3000000000'],
        'a label that is no number': lambda ls, w, d: [*ls[:-1], f'{ls[-1].split()[0]} low'],
        'a line without a label': lambda ls, w, d: [*ls, ls[0].split()[0]],
        'a fraction as a label': lambda ls, w, d: [*ls[:-1], f'{ls[-1].split()[0]} 1.5'],
        'a clip that is not there': lambda ls, w, d: [*ls, 'nowhere.mp4 0'],
        'a clip whose name begins like a comment': lambda ls, w, d: [*ls, '#000.mp4 0'],
        'comments alone': lambda ls, w, d: ['# nothing'],
        'a class without a clip': lambda ls, w, d: [li for li in ls if li.split()[1] != '2'],
        'null bytes': lambda ls, w, d: [*ls, 'a\0b.mp4 0'],
    }
    for name, change in labelled.items():
        tells = ['spoilt.txt']
        if name == 'a class without a clip':
            tells = ['have no clip: ']
        warned = name == 'a class without a clip' or 'the same clip in' in name or 'by its' in name
        yield Case(
            'train',
            f'labelled list: {name}',
            lambda w, d, change=change: train(
                w,
                d,
                'train_dataloader.dataset.labelled.ann_file='
                f'{spoilt_list(w, d, "labelled", change)}',
            ),
            tells,
            put_up_with=warned,
        )
    within = [name for name in labelled if 'test' not in name and 'valid' not in name]
    for name in within:
        if name in ('a class without a clip', 'a label out of range'):
            continue  # a warning there; no number of classes is given
        yield Case(
            'data/check_lists',
            f'labelled list: {name}',
            lambda w, d, change=labelled[name]: [
                *('--labelled', spoilt_list(w, d, 'labelled', change), '--clips', w.clips)
            ],
            ['spoilt.txt'],
            limit=30,
        )
    for name in ('a test clip', 'a test clip in another spelling', 'a test clip by a link'):
        yield Case(
            'data/check_lists',
            f'labelled list: {name}',
            lambda w, d, change=labelled[name]: [
                *('--labelled', spoilt_list(w, d, 'labelled', change)),
                *('--test', w.data / 'test.txt', '--clips', w.clips),
            ],
            ['spoilt.txt'],
        )
    unlabelled = {
        'a labelled clip': lambda ls, w, d: [*ls, first(w, 'labelled')],
        'a labelled clip in another spelling': lambda ls, w, d: [*ls, f'./{first(w, "labelled")}'],
        'a test clip': lambda ls, w, d: [*ls, first(w, 'test')],
        'a test clip by its absolute path': lambda ls, w, d: [*ls, f'{w.clips}/{first(w, "test")}'],
        'a copy of a test clip': copy,
        'a validation clip': lambda ls, w, d: [*ls, first(w, 'val')],
        'a clip twice': lambda ls, w, d: [*ls, ls[0]],
        'no clip that is there': lambda ls, w, d: [f'no_{line}' for line in ls],
    }

    def first(world: World, name: str) -> str:
        return (world.data / f'{name}.txt').read_text().split()[0]

    for name, change in unlabelled.items():
        yield Case(
            'train',
            f'unlabelled list: {name}',
            lambda w, d, change=change: train(
                w,
                d,
                'train_dataloader.dataset.unlabelled.ann_file='
                f'{spoilt_list(w, d, "unlabelled", change)}',
            ),
            ['spoilt.txt'],
            put_up_with=name == 'a clip twice',  # a list may weigh a clip
        )
    for where in ('train', 'test'):
        for name, text in {
            'windows line ends': '\r\n',
            'commas': '\n',
            'tabs': '\n',
        }.items():
            between = dict(commas=',', tabs='\t').get(name, ' ')

            def make(w, d, text=text, between=between, where=where):
                which = 'labelled' if where == 'train' else 'test'
                lines = (w.data / f'{which}.txt').read_text().split()
                rows = zip(lines[::2], lines[1::2], strict=True)
                path = d / 'fine.txt'
                path.write_bytes(''.join(f'{a}{between}{b}{text}' for a, b in rows).encode())
                if where == 'train':
                    return train(w, d, f'train_dataloader.dataset.labelled.ann_file={path}')
                return [
                    *(w.config, w.checkpoint, '--work-dir', d / 'w'),
                    *('--cfg-options', f'test_dataloader.dataset.ann_file={path}'),
                ]

            yield Case(where, f'list: {name}', make, ['top1'], put_up_with=True)


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


def of_tables() -> Iterator[Case]:
    """Tables of labels."""
    tables = {
        'one clip with two labels': 'clip,label\n000.mp4,low\n000.mp4,high\n',
        'a clip that is not there': 'clip,label\nnowhere.mp4,low\n',
        'a clip elsewhere': 'clip,label\n../labels.csv,low\n',
        'one class': 'clip,label\n000.mp4,low\n001.mp4,low\n',
        'no labels': 'clip,label\n000.mp4,\n',
        'a header alone': 'clip,label\n',
        'a header that names nothing': 'Datei,Klasse\n000.mp4,low\n001.mp4,high\n',
        'three columns without a header': '000.mp4,low,x\n',
        'half a segment': 'clip,label,start,end\n000.mp4,low,0,\n',
        'a segment that ends before it starts': 'clip,label,start,end\n000.mp4,low,0.5,0.1\n',
        'a segment without numbers': 'clip,label,start,end\n000.mp4,low,a,b\n',
        'a segment after the end': 'clip,label,start,end\n000.mp4,low,50,60\n001.mp4,high,0,.5\n',
        'a row without a clip': 'clip,label\n,low\n',
        'one clip a class': 'clip,label\n000.mp4,low\n001.mp4,middle\n',
        'a quote that is never closed': 'clip,label\n"000.mp4,low\n001.mp4,high\n',
    }
    for name, text in tables.items():

        def words(w, d, text=text):
            path = d / 'spoilt.csv'
            path.write_text(text)
            return [w.clips, path, '--out', d / 'o']

        yield Case('data/make_lists', f'table: {name}', words, ['spoilt.csv'])
    for name, text in {
        'accents in two forms': 'clip,label\n000.mp4,jete\u0301\n001.mp4,jet\u00e9\n',
        'spaces and cases': 'clip,label\n000.mp4,Low\n001.mp4,low\n',
    }.items():
        rows = ''.join(f'{i:03d}.mp4,{"abc"[i % 3]}\n' for i in range(2, 30))

        def fine(w, d, text=text, rows=rows):
            path = d / 'fine.csv'
            path.write_text(text + rows)
            return [w.clips, path, '--out', d / 'o']

        yield Case('data/make_lists', f'table: {name}', fine, ['labels of'], put_up_with=True)


def of_configs() -> Iterator[Case]:
    """Options of a config."""
    options: dict[str, str] = {
        'model.algorithm.gamma_un=-1': 'gamma_un',
        'model.algorithm.gamma_un=nan': 'gamma_un',
        'model.algorithm.gamma_un=a': 'gamma_un',
        'model.algorithm.nobody=1': 'nobody',
        'model.algorithm.type=Nobody': 'Nobody',
        'model.algorithm.warmup.epochs=-1': 'epochs',
        'model.algorithm.warmup.epochs=3': 'epochs',
        'model.algorithm.warmup.ramp=steep': 'steep',
        'model.algorithm.ema.span=0': 'span',
        'model.algorithm.ema.span=2': 'span',
        'model.algorithm.ema.momentum=2': 'momentum',
        'model.algorithm.mix.cell=0': 'cell',
        'model.algorithm.pseudo_labels.draws=0': 'draws',
        'model.algorithm.pseudo_labels.tau=2': 'tau',
        'model.algorithm.weigh=1': 'weigh',
        'model.recognizer.cls_head.num_classes=2': 'num_classes',
        'model.recognizer.cls_head.num_classes=0': 'num_classes',
        'model.recognizer.cls_head.dropout_ratio=2': 'dropout',
        'model.recognizer.cls_head.in_channels=7': 'in_channels|7',
        'model.recognizer.backbone.type=Nobody': 'Nobody',
        'model.recognizer.backbone.elements=[2,2]': 'elements',
        'train_dataloader.batch_size=0': 'batch_size',
        'train_dataloader.batch_size=7': 'batch_size',
        'train_dataloader.batch_size=a': 'batch_size',
        'train_dataloader.num_workers=-1': 'num_workers',
        'train_dataloader.batch_sampler.steps=0': 'steps',
        'train_dataloader.batch_sampler.steps=-3': 'steps',
        'train_dataloader.dataset.data_root=/nowhere': '/nowhere',
        'train_dataloader.dataset.share=5': 'share',
        'train_dataloader.dataset.draw=0': 'draw',
        'train_dataloader.dataset.num_classes=2': 'num_classes|label',
        'train_dataloder.batch_size=4': 'train_dataloder',
        'optim_wraper.optimizer.lr=1': 'optim_wraper',
        'modell.algorithm.gamma_un=1': 'modell',
        'custom_hooks=[]': 'custom_hooks',
        'train_cfg.max_epochs=0': 'max_epochs',
        'train_cfg.max_epochs=1': 'max_epochs|epochs',
        'train_cfg.val_interval=0': 'val_interval',
        'train_cfg.type=IterBasedTrainLoop': 'IterBasedTrainLoop',
        'optim_wrapper.optimizer.lr=nan': 'nan|finite|lr',
        'optim_wrapper.optimizer.lr=-1': 'lr|learning rate',
        'optim_wrapper.optimizer.lr=1e30': 'finite|nan',
        'optim_wrapper.optimizer.type=Nobody': 'Nobody',
        'randomness.seed=a': 'seed',
        'val_dataloader.dataset.ann_file=test.txt': 'val_dataloader',
        'val_dataloader.dataset.pipeline.sample.test_mode=False': 'test_mode',
        'val_dataloader.dataset.pipeline.sample.elements=[2,2,2]': 'elements',
        'train_dataloader.dataset.labelled.pipeline.sample.elements=[8]': 'elements',
        'train_dataloader.dataset.unlabelled.pipeline.sample.elements=[4,4,4]': 'elements',
        'test_dataloader.dataset.pipeline.crop.crop_size=0': 'crop',
        'test_dataloader.dataset.pipeline.crop.crop_size=500': 'crop',
        'launcher=rockets': 'launcher',
        'default_hooks.checkpoint.interval=0': 'interval',
    }
    for option, tell in options.items():
        yield Case('train', option, lambda w, d, o=option: train(w, d, o), [tell])
    labelled = 'train_dataloader.dataset.labelled'
    for name, option, tell in (
        ('other classes', f'{labelled}.classes_file={{d}}/classes.txt', 'class'),
        (
            'another network',
            'model.recognizer.cls_head.hidden_channels=8',
            'shape|keys|architecture|head',
        ),
        ('another list', f'{labelled}.ann_file={{d}}/labelled.txt', 'list'),
        ('another length', 'train_dataloader.batch_sampler.steps=3', 'length|steps|epochs'),
    ):

        def resumed(w, d, option=option):
            spoil.copied(d / 'epoch_2.pth', w.run / 'epoch_2.pth')
            (d / 'last_checkpoint').write_text(str(d / 'epoch_2.pth'))
            (d / 'classes.txt').write_text('middle\nlow\nhigh\n')
            lines = (w.data / 'labelled.txt').read_text().splitlines()[1:]
            (d / 'labelled.txt').write_text('\n'.join(lines) + '\n')
            return [w.config, '--work-dir', d, '--resume', '--cfg-options', option.format(d=d)]

        yield Case('train', f'a work dir of {name}', resumed, [tell])

    def supervised(w, d):
        (d / 'supervised.py').write_text(
            f"_base_ = ['{w.config}']\n"
            "model = dict(algorithm=dict(_delete_=True, type='Supervised'))\n"
        )
        return [d / 'supervised.py', '--work-dir', d / 'w', '--resume', w.run / 'epoch_2.pth']

    yield Case('train', 'resume of another algorithm', supervised, ['algorithm|keys'])
    for command in ('train', 'test'):
        yield Case(
            command,
            'another working directory',
            lambda w, d, c=command: [
                'data/mine/sefar.py',
                *(['work_dirs/mine/epoch_30.pth'] if c == 'test' else []),
            ],
            ['data/mine/sefar.py'],
        )
        yield Case(command, 'no words', lambda w, d: [], ['required|arguments'])
    yield Case(
        'train',
        'amp on a CPU',
        lambda w, d: [w.config, '--work-dir', d / 'w', '--amp'],
        ['top1'],
        put_up_with=True,
    )
    yield Case(
        'train',
        'resume of a finished run',
        lambda w, d: [w.config, '--work-dir', w.run, '--resume'],
        ['finished|nothing'],
        put_up_with=True,
    )
    yield Case('report', 'no such run', lambda w, d: report(w, d, d / 'nobody'), ['nobody'])
    yield Case('report', 'an empty run', lambda w, d: report(w, d, w.clips), ['clips'])
    yield Case('report', 'a run without a name', lambda w, d: report(w, d, '', '='), ['='])
    yield Case('app', 'no work dir', lambda w, d: [d / 'nobody'], ['nobody'])
    yield Case('app', 'an empty work dir', lambda w, d: [w.clips], ['clips'])
    yield Case('app', 'clips elsewhere', lambda w, d: app(w, d), ['--clips'])
    for command in ('predict', 'label_next'):
        yield Case(
            command,
            'an empty folder of clips',
            lambda w, d, c=command: [
                *(w.checkpoint, _folder(d / 'nothing')),
                *(['--out', d / 'o.csv'] if c == 'label_next' else []),
            ],
            ['nothing'],
        )
    yield Case(
        'data/make_lists',
        'an empty folder of clips',
        lambda w, d: [_folder(d / 'nothing'), w.root / 'labels.csv', '--out', d / 'o'],
        ['nothing'],
    )
    yield Case(
        'label_next',
        'a table that is there',
        lambda w, d: [w.checkpoint, w.clips, '--out', w.root / 'next.csv'],
        ['next.csv'],
    )


def report(world: World, folder: Path, run: object, name: str = 'a=') -> list[object]:
    """A report of one run."""
    return ['runs', f'{name}{run}', '--out', folder / 'o', '--classes', world.data / 'classes.txt']


def app(world: World, folder: Path) -> list[object]:
    """The page, its clips in a wrong place."""
    return [world.run, '--labels', world.root / 'next.csv', '--clips', folder]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
