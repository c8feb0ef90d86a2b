"""Clip lists and other tables."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Callable, Iterator
from pathlib import Path

from .. import spoil
from ..trial import Case
from ..world import World
from .made import train


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
        'a part after the end': lambda ls, w, d: [*ls[:-1], '#t=50-60 '.join(ls[-1].split())],
        'a part of a test clip': lambda ls, w, d: [*ls, f'{test_clip(w)}#t=0-0.4 0'],
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
    yield Case(
        'train',
        'validation list: a test clip, where held-out clips steer',
        lambda w, d: train(
            w,
            d,
            f'val_dataloader.dataset.ann_file={spoilt_list(w, d, "val", labelled["a test clip"])}',
        ),
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
    for name in ('a clip twice', 'the same clip with two labels'):
        change = unlabelled.get(name) or labelled[name]
        yield Case(
            'test',
            f'test list: {name}',
            lambda w, d, change=change: [
                *(w.config, w.checkpoint, '--work-dir', d / 'w', '--cfg-options'),
                f'test_dataloader.dataset.ann_file={spoilt_list(w, d, "test", change)}',
            ],
            ['spoilt.txt'],
            put_up_with=name == 'a clip twice',
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
