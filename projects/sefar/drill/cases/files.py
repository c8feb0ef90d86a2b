"""Files that commands read."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Iterator

from .. import spoil
from ..trial import Case
from .checkpoints import CHECKPOINTS
from .made import FILES, TEXT, spoilt, train


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
