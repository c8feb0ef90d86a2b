"""Numbers on command lines."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Iterator
from pathlib import Path

from ..trial import Case
from ..world import World
from .made import Words


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
