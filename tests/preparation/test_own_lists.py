from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from sefar.datasets import read_clip_list
from sefar.datasets.frame_cache import CacheMissError
from sefar.preparation.cache_frames import cache_frames
from sefar.preparation.own_lists import make_lists
from sefar.preparation.schedule import schedule
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


@pytest.fixture
def many(tmp_path):
    """Sixty labels of two classes, so that some can be held out; 20 unlabelled clips."""
    clips = tmp_path / 'many'
    clips.mkdir()
    for i in range(80):
        write_clip(clips / f'{i}.mp4', 9, value=40 + 120 * (i % 2))
    return clips, [f'{i}.mp4,{"dark" if i % 2 else "light"}' for i in range(60)]


def test_a_fifth_of_many_labels_is_held_out(many):
    clips, rows = many
    out = clips.parent / 'out'
    counts = make_lists(clips, table(clips, rows), out, BASE)
    # 30 labels a class: 9 to test on; a fifth of the 21 that stay is 4.
    assert counts == {'labelled': 42, 'test': 18, 'unlabelled': 20}
    more = [f'{i}.mp4,{"dark" if i % 2 else "light"}' for i in range(78)]
    counts = make_lists(clips, table(clips, more), out, BASE)
    # 39: 12 to test on; a fifth of 27 is 5 a class.
    assert counts == {'labelled': 44, 'test': 24, 'unlabelled': 2, 'val': 10}
    names = {name: set((out / f'{name}.txt').read_text().splitlines()) for name in counts}
    assert sum(map(len, names.values())) == len(set().union(*names.values())) == 80


def generated(clips, rows, tmp_path):
    make_lists(clips, table(clips, rows), tmp_path / 'out', BASE)
    cfg = Config.fromfile(str(tmp_path / 'out/sefar.py'))
    cfg.work_dir = str(tmp_path / 'work')
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2, val_interval=2)
    cfg.model.algorithm.warmup = dict(epochs=1)
    cfg.param_scheduler = []
    cfg.train_dataloader.batch_sampler.steps = 2
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.num_workers = 0
        loader.persistent_workers = False
    cfg.train_dataloader.batch_size = 8
    return cfg


def test_generated_config_trains(folder, tmp_path):
    cfg = generated(folder, ROWS, tmp_path)
    with pytest.raises(CacheMissError, match='cache_frames.py'):
        Runner.build_dataloader(cfg.train_dataloader)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.cache = None
    assert cfg.model.algorithm.guard is None
    assert cfg.test_dataloader.dataset.pipeline.crop.crop_size == 64
    make_lists(folder, table(folder, ROWS), tmp_path / 'large', BASE, size=112)
    large = Config.fromfile(str(tmp_path / 'large/sefar.py')).test_dataloader.dataset
    assert large.pipeline.crop.crop_size == 112 and large.cache.short_side == 128
    Runner.from_cfg(cfg).train()
    assert (tmp_path / 'work/epoch_2.pth').exists()


def test_generated_config_with_held_out_clips_trains_from_its_cache(many, tmp_path):
    clips, _ = many
    rows = [f'{i}.mp4,{"dark" if i % 2 else "light"}' for i in range(78)]
    cfg = generated(clips, rows, tmp_path)
    lists = {name: cfg[f'{name}_dataloader'].dataset for name in ('val', 'test')}
    assert lists['val'].ann_file == 'val.txt' and lists['test'].ann_file == 'test.txt'
    cache = lists['val'].cache
    cache_frames(
        [str(path) for path in clips.glob('*.mp4')], Path(cache.folder), cache.short_side, workers=1
    )
    Runner.from_cfg(cfg).train()
    log = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert 'held out: ' in log and 'labels_alone/acc/top1' in log


@pytest.mark.parametrize(
    ('labelled', 'unlabelled', 'expected'),
    [
        (110, 2093, (117, 40.25, 255.3)),  # the pool decides: 40 views
        (30, 60, (50, 600, 400)),  # 1,500 steps
        (800, 900, (334, 267.2, 100.2)),  # the labels decide: 100 passes
    ],
)
def test_schedule_by_hand(labelled, unlabelled, expected):
    assert schedule(labelled, unlabelled) == pytest.approx(expected, rel=1e-3)


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
