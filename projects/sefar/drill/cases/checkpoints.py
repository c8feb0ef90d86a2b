"""Checkpoints."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Callable, Iterator

from .. import spoil
from ..trial import Case
from .made import train

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


def of_checkpoints() -> Iterator[Case]:
    """Checkpoints that hold something else than is wanted."""

    def first(found: dict) -> str:
        weights = found['state_dict'].items()
        return next(k for k, v in weights if k.startswith('student.') and v.ndim > 1)

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
