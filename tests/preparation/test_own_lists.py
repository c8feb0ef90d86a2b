from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from sefar.datasets import read_clip_list
from sefar.preparation.own_lists import make_lists
from tests.conftest import ROOT, write_clip

BASE = ROOT / 'configs/sefar/_base_'


@pytest.fixture
def folder(tmp_path):
    clips = tmp_path / 'my clips'
    (clips / 'session 2').mkdir(parents=True)
    for i in range(16):
        write_clip(clips / ('session 2' if i % 2 else '.') / f'take {i}.mp4', 10, value=12 * i)
    (clips / 'notes.txt').write_text('no video')
    return clips


def table(folder, rows, header='clip,label\n'):
    path = folder.parent / 'labels.csv'
    path.write_text(header + ''.join(f'{row}\n' for row in rows))
    return path


ROWS = [
    f'{"session 2/" if i % 2 else ""}take {i}.mp4,{"jump" if i < 5 else "turn"}' for i in range(9)
]


@pytest.mark.parametrize('header', ['', 'clip,label\n', 'path, Label\n'])
def test_lists_by_hand(folder, header):
    out = folder.parent / 'out'
    counts = make_lists(folder, table(folder, ROWS, header), out, BASE)
    assert counts == {'labelled': 6, 'test': 3, 'unlabelled': 7}  # 5 and 4 labels, 0.3 held out
    assert (out / 'classes.txt').read_text() == 'jump\nturn\n'
    lists = {
        name: read_clip_list(str(out / f'{name}.txt'), labels_required=name != 'unlabelled')
        for name in counts
    }
    paths = {name: {entry.path for entry in entries} for name, entries in lists.items()}
    assert sum(map(len, paths.values())) == len(set().union(*paths.values())) == 16
    labels = {e.path: e.label for e in (*lists['labelled'], *lists['test'])}
    assert all(label == (int(Path(p).stem.split()[1]) >= 5) for p, label in labels.items())
    assert {entry.label for entry in lists['labelled']} == {0, 1}


def test_generated_config_trains(folder, tmp_path):
    make_lists(folder, table(folder, ROWS), tmp_path / 'out', BASE)
    cfg = Config.fromfile(str(tmp_path / 'out/sefar.py'))
    cfg.work_dir = str(tmp_path / 'work')
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2, val_interval=2)
    cfg.model.algorithm.warmup.epochs = 1
    cfg.param_scheduler = []
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.num_workers = 0
        loader.persistent_workers = False
    cfg.train_dataloader.batch_size = 8
    Runner.from_cfg(cfg).train()
    assert (tmp_path / 'work/epoch_2.pth').exists()


@pytest.mark.parametrize(
    ('rows', 'message'),
    [
        ([*ROWS, 'take 99.mp4,jump'], r'labels.csv:11: .*take 99.mp4 is not there'),
        ([*ROWS, ROWS[0]], 'labels.csv:11: take 0.mp4 is labelled twice'),
        ([*ROWS, 'take 10.mp4'], 'labels.csv:11: .*wanted two fields'),
        ([], 'no labels'),
        (ROWS[:3], "one class, 'jump'"),
        ([ROWS[0], ROWS[8]], 'one clip per class'),
    ],
)
def test_faults_name_file_and_line(folder, rows, message):
    with pytest.raises(ValueError, match=message):
        make_lists(folder, table(folder, rows), folder.parent / 'out', BASE)


def test_everything_labelled(folder):
    rows = [
        f'{p.relative_to(folder).as_posix()},{i % 2}' for i, p in enumerate(folder.rglob('*.mp4'))
    ]
    with pytest.raises(ValueError, match='every clip has a label'):
        make_lists(folder, table(folder, rows), folder.parent / 'out', BASE)
    with pytest.raises(ValueError, match='between 0 and 1'):
        make_lists(folder, table(folder, ROWS), folder.parent / 'out', BASE, test_share=1.0)
