import os
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from sefar.datasets import SeededIndex, read_clip_list
from sefar.datasets.frame_cache import CacheMissError
from sefar.engine.staged_runner import StagedRunner, stages_of
from sefar.preparation import made
from sefar.preparation.cache_frames import cache_frames
from sefar.preparation.own_lists import make_lists
from sefar.preparation.schedule import schedule
from sefar.whole_file import whole_file
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


def numbered(tmp_path, number):
    """A folder of clips named 0.mp4 and on."""
    clips = tmp_path / 'clips'
    clips.mkdir()
    for i in range(number):
        write_clip(clips / f'{i}.mp4', 9)
    return clips


ROWS = [
    f'{"session 2/" if i % 2 else ""}take {i}.mp4,{"jump" if i < 5 else "turn"}' for i in range(9)
]


@pytest.mark.parametrize('header', ['', 'clip,label\n', 'path, Label\n'])
def test_lists_by_hand(folder, header):
    out = folder.parent / 'out'
    counts = make_lists(folder, [table(folder, ROWS, header)], out, BASE).counts
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


def lists_of(out, names):
    return {name: (out / f'{name}.txt').read_text().splitlines() for name in names}


def test_more_labels_keep_the_lists_to_test_on(many):
    clips, rows = many
    out = clips.parent / 'out'
    made = make_lists(clips, [table(clips, rows)], out, BASE)
    # 30 labels a class: 9 to test on; a fifth of the 21 that stay is 4, too few.
    assert made.counts == {'labelled': 42, 'test': 18, 'unlabelled': 20}
    assert made.classes == {'dark': 30, 'light': 30}
    assert any(note.startswith('test.txt: 18 clips; an accuracy') for note in made.notes)
    before = lists_of(out, made.counts)
    assert make_lists(clips, [table(clips, rows)], out, BASE).counts == made.counts
    assert lists_of(out, made.counts) == before
    more = [f'{i}.mp4,{"dark" if i % 2 else "light"}' for i in range(60, 70)]
    new = clips.parent / 'next.csv'
    new.write_text('clip,label,guess\n' + '\n'.join(f'{row},x' for row in more) + '\n70.mp4,,x\n')
    made = make_lists(clips, [clips.parent / 'labels.csv', new], out, BASE)
    # 35 a class: 9 are tested on still; a fifth of 26 is 5 of each.
    assert made.counts == {'labelled': 42, 'test': 18, 'unlabelled': 10, 'val': 10}
    assert '1 rows have no label yet' in made.notes
    after = lists_of(out, made.counts)
    assert after['test'] == before['test']
    clips_of = [{line.split()[0] for line in lines} for lines in after.values()]
    assert sum(map(len, clips_of)) == len(set().union(*clips_of)) == 80


def test_a_class_added_later_is_appended(many):
    clips, rows = many
    out = clips.parent / 'out'
    make_lists(clips, [table(clips, rows)], out, BASE)
    before = lists_of(out, ['test'])['test']
    more = [*rows, *(f'{i}.mp4,bright' for i in range(60, 70))]
    made = make_lists(clips, [table(clips, more)], out, BASE)
    assert (out / 'classes.txt').read_text() == 'dark\nlight\nbright\n'
    test = lists_of(out, ['test'])['test']
    assert test[:18] == before and [line.split()[1] for line in test[18:]] == ['2'] * 3
    assert Config.fromfile(str(out / 'sefar.py')).model.recognizer.cls_head.num_classes == 3
    assert made.classes == {'dark': 30, 'light': 30, 'bright': 10}


def test_what_somebody_edited_is_kept(many):
    clips, rows = many
    out = clips.parent / 'out'
    make_lists(clips, [table(clips, rows[:50])], out, BASE)
    own = (out / 'sefar.py').read_text() + '# mine\n'
    (out / 'sefar.py').write_text(own)
    labelled = (out / 'labelled.txt').read_text()
    (out / 'labelled.txt').write_text('# mine\n' + labelled)
    made = make_lists(clips, [table(clips, rows)], out, BASE)
    assert (out / 'sefar.py').read_text() == own
    assert (out / 'labelled.txt').read_text() == '# mine\n' + labelled
    (note,) = (note for note in made.notes if 'was edited' in note)
    assert note == 'labelled.txt was edited and is kept; labelled.txt.new differs in 11 lines'
    new = {line.split()[0] for line in (out / 'labelled.txt.new').read_text().splitlines()}
    assert {row.split(',')[0] for row in rows[50:]} <= new


@pytest.mark.parametrize('group_by', ['folder', 'athlete'])
def test_groups_are_not_parted(tmp_path, group_by):
    clips = tmp_path / 'clips'
    rows = []
    for i in range(140):
        athlete = f'athlete {i % 10}'
        (clips / athlete).mkdir(parents=True, exist_ok=True)
        write_clip(clips / athlete / f'{i}.mp4', 9)
        label = '' if i >= 120 else 'ab'[i // 10 % 2]
        rows.append(f'{athlete}/{i}.mp4;{label};{athlete}')
    rows = table(clips, rows, 'Video;Class;Athlete\n')
    made = make_lists(clips, [rows], tmp_path / 'out', BASE, group_by=group_by)
    lists = lists_of(tmp_path / 'out', made.counts)
    groups = {n: {line.split('/')[0] for line in lines} for n, lines in lists.items()}
    for name in ('test', 'val'):
        rest = set().union(*(groups[other] for other in groups if other != name))
        assert groups[name] and not groups[name] & rest
    assert sum(made.counts[name] for name in ('labelled', 'test', 'val')) == 120
    apart = 20 - made.counts['unlabelled']
    assert apart == 2 * len(groups['test'] | groups['val'])
    assert f'{apart} unlabelled clips are of groups held out, and left out' in made.notes
    # More labels of whoever is held out, in a table that does not say of whom.
    more = tmp_path / 'next.csv'
    of_test = next(iter(groups['test']))
    named = [f'{of_test}/{i}.mp4' for i in range(120, 140) if f'athlete {i % 10}' == of_test]
    more.write_text('clip,label\n' + ''.join(f'{name},a\n' for name in named))
    notes = make_lists(clips, [rows, more], tmp_path / 'out', BASE, group_by=group_by).notes
    if group_by == 'folder':
        assert '2 labelled clips are of groups held out, and left out' in notes


def test_groups_told_later_may_leave_nothing_to_train_on(many):
    clips, rows = many
    rows = table(clips, [f'{row},{i % 4}' for i, row in enumerate(rows)], 'clip,label,athlete\n')
    make_lists(clips, [rows], clips.parent / 'out', BASE)
    with pytest.raises(ValueError, match='all labelled clips are in the kept test.txt'):
        make_lists(clips, [rows], clips.parent / 'out', BASE, group_by='athlete')


@pytest.mark.parametrize('number', [2, 3])
def test_few_groups_leave_no_validation_list(tmp_path, number):
    clips = tmp_path / 'clips'
    rows = []
    for i in range(12 * number):
        athlete = f'athlete {i % number}'
        (clips / athlete).mkdir(parents=True, exist_ok=True)
        write_clip(clips / athlete / f'{i}.mp4', 9)
        rows.append(f'{athlete}/{i}.mp4,{"ab"[i // number % 2]}')
    write_clip(clips / 'athlete 9.mp4', 9)
    rows = table(clips, rows)
    made = make_lists(clips, [rows], tmp_path / 'out', BASE, group_by='folder')
    assert 'val' not in made.counts and made.counts['test']
    if number == 2:
        assert any(note.startswith('val.txt: left out: ') for note in made.notes)


def test_a_kept_test_clip_whose_row_is_gone_is_not_trained_on(tmp_path):
    clips = tmp_path / 'clips'
    clips.mkdir()
    for i in range(30):
        write_clip(clips / f'{i}.mp4', 9)
    rows = [f'{i}.mp4,{"ab"[i % 2]}' for i in range(24)]
    make_lists(clips, [table(clips, rows)], tmp_path / 'out', BASE)
    lost = (tmp_path / 'out/test.txt').read_text().split()[0]
    (old,) = (row for row in rows if row.startswith(f'{lost},'))
    other = 'ba'[old.endswith('b')]
    mended = [f'{lost},{other}' if row == old else row for row in rows]
    make_lists(clips, [table(clips, mended)], tmp_path / 'out', BASE)
    assert f'{lost} {"ab".index(other)}' in (tmp_path / 'out/test.txt').read_text().splitlines()
    kept = [row for row in rows if row != old]
    make_lists(clips, [table(clips, kept)], tmp_path / 'out', BASE)
    lists = {p.name: p.read_text().splitlines() for p in (tmp_path / 'out').glob('*.txt')}
    assert any(line.split()[0] == lost for line in lists['test.txt'])
    assert lost not in [line.split()[0] for line in lists['unlabelled.txt']]


def total(dataset):
    """Sum of all pixels that a data set gives, with the same draws."""
    inputs = [dataset[SeededIndex(i, 7)]['inputs'] for i in range(len(dataset))]
    views = [v for x in inputs for v in (x.values() if isinstance(x, dict) else [x])]
    return sum(int(view.sum()) for view in views)


def test_segments_and_folders_of_frames(tmp_path):
    clips = tmp_path / 'clips'
    for folder in ('take 12', 'take 13'):
        (clips / folder).mkdir(parents=True)
        for i in range(9):
            cv2.imwrite(str(clips / folder / f'{i}.png'), np.full((80, 80, 3), 20 * i, np.uint8))
    write_clip(clips / 'long.mp4', 90, ramp=(10, 230))
    write_clip(clips / '#other.mp4', 20)
    rows = [f'long.mp4,{"ab"[i % 2]},{i},{i + 0.9:.1f}' for i in range(5)] + ['take 12,a,,']
    rows = table(clips, rows, 'clip,label,start,end\n')
    made = make_lists(clips, [rows], tmp_path / 'out', BASE)
    assert made.counts == {'labelled': 4, 'test': 2, 'unlabelled': 2}
    lists = lists_of(tmp_path / 'out', made.counts)
    assert lists['unlabelled'] == ['./#other.mp4', 'take 13 -1']
    segments = {*lists['labelled'], *lists['test']}
    assert 'long.mp4#t=0-0.9 0' in segments and 'take 12 0' in segments
    place = Config.fromfile(str(tmp_path / 'out/base.py')).train_dataloader.dataset.cache
    files = [str(clips / name) for name in ('long.mp4', '#other.mp4', 'take 12', 'take 13')]
    assert not cache_frames(files, Path(place.folder), place.short_side, workers=1)
    sums = []
    for cache in (place, None):
        cfg = Config.fromfile(str(tmp_path / 'out/sefar.py'))
        loaders = (cfg.train_dataloader, cfg.test_dataloader)
        for loader in loaders:
            loader.dataset.cache = cache
        train, test = (DATASETS.build(loader.dataset) for loader in loaders)
        sums.append([total(part) for part in (train.labelled, train.unlabelled, test)])
    assert sums[0] == sums[1]


def test_segments_of_one_file_stay_together(tmp_path):
    clips = tmp_path / 'clips'
    clips.mkdir()
    for name in 'abcdefgh':
        write_clip(clips / f'{name}.mp4', 60, ramp=(10, 230))
    write_clip(clips / 'pool.mp4', 20)
    rows = [f'{f}.mp4,{"xy"[i]},{i},{i + 1}' for f in 'abcdefgh' for i in range(2)]
    header = 'clip,label,start,end\n'
    made = make_lists(clips, [table(clips, rows, header)], tmp_path / 'out', BASE)
    lists = lists_of(tmp_path / 'out', made.counts)
    files = {
        name: {line.partition('#')[0] for line in lists[name]}
        for name in ('labelled', 'test', 'val')
        if name in lists
    }
    assert sum(map(len, files.values())) == len(set().union(*files.values())) == 8
    assert any('segments of one video stay together' in note for note in made.notes)
    rows = [f'a.mp4,{"xy"[i % 2]},{i / 4},{i / 4 + 0.25}' for i in range(8)]
    made = make_lists(clips, [table(clips, rows, header)], tmp_path / 'one', BASE)
    assert any('says little of other videos' in note for note in made.notes)


@pytest.mark.parametrize(
    ('rows', 'said'),
    [
        (['a.mp4,x,0,1', 'a.mp4,y,0.5,1.2', 'a.mp4,x,0.2,0.3'], 'shares time with a.mp4#t=0-1, wh'),
        (['a.mp4,x,0,1', 'a.mp4,y,,'], "labels.csv:.* is '.' and shares time with"),
        (['a.mp4,x,0,1', 'notes.txt,y,,'], 'notes.txt is no video'),
    ],
)
def test_rows_that_cannot_both_be_right(tmp_path, rows, said):
    clips = tmp_path / 'clips'
    clips.mkdir()
    write_clip(clips / 'a.mp4', 60, ramp=(10, 230))
    (clips / 'notes.txt').write_text('a')
    with pytest.raises(ValueError, match=said):
        make_lists(clips, [table(clips, rows, 'clip,label,start,end\n')], tmp_path / 'out', BASE)


@pytest.mark.parametrize(
    ('name', 'message'),
    [('a\nb.mp4', 'holds a line break'), (' a.mp4', 'begins or ends with a blank')],
)
def test_names_that_no_list_can_hold(folder, name, message):
    write_clip(folder / 'x.mp4', 3).rename(folder / name)
    with pytest.raises(ValueError, match=f'a list cannot name a clip .*{message}'):
        make_lists(folder, [table(folder, ROWS)], folder.parent / 'out', BASE)
    assert not (folder.parent / 'out').exists()


def test_any_spelling_of_a_path(tmp_path, monkeypatch):
    clips = tmp_path / "it's a \\folder #1"
    clips.mkdir()
    for i in range(8):
        write_clip(clips / f'{i}.mp4', 9, value=20 * i)
    rows = ['./0.mp4,a', f'{clips}/1.mp4,a', f'../{clips.name}/2.mp4,a', '3.mp4,b', '4.mp4,b']
    monkeypatch.chdir(tmp_path)
    made = make_lists(Path(clips.name), [table(clips, rows)], Path("o'ut"), BASE)
    assert made.counts == {'labelled': 3, 'test': 2, 'unlabelled': 3}
    cfg = Config.fromfile("o'ut/sefar.py")
    assert cfg.work_dir == "work_dirs/o'ut"
    assert (
        DATASETS.build(dict(cfg.test_dataloader.dataset, cache=None))[0]['inputs'].shape[-1] == 64
    )
    bad = clips.rename(tmp_path / 'a{{b')
    with pytest.raises(ValueError, match='rename the folder'):
        make_lists(bad, [tmp_path / 'labels.csv'], Path('out'), BASE)


@pytest.mark.parametrize('recipe', ['vit_s', 'vit_b'])
def test_recipes_of_the_paper(folder, recipe):
    out = folder.parent / 'out'
    make_lists(folder, [table(folder, ROWS)], out, BASE, recipe=recipe)
    cfg = Config.fromfile(str(out / 'sefar.py'))
    width = dict(vit_s=384, vit_b=768)[recipe]
    head, backbone = cfg.model.recognizer.cls_head, cfg.model.recognizer.backbone
    assert (head.num_classes, head.in_channels, backbone.embed_dims) == (2, width, width)
    views = cfg.train_dataloader.dataset.unlabelled.pipeline.split.views
    assert not views.weak.flip and not views.strong.flip and not views.strong.temporal
    assert not views.weak.strength and views.strong.strength.type == 'ClipRandAugment'
    assert cfg.model.algorithm.pseudo_labels.alignment.type == 'DistributionAlignment'
    assert cfg.model.algorithm.ema == dict(span=0.015) and cfg.model.algorithm.type == 'SeFAR'
    backbone.pretrained = None
    with torch.device('meta'):
        MODELS.build(cfg.model)
    assert len(DATASETS.build(cfg.train_dataloader.dataset).labelled) == 6


@pytest.mark.parametrize('recipe', ['swin3d_t', 'videomae_b'])
def test_recipes_of_the_zoo(folder, recipe):
    out = folder.parent / 'out'
    make_lists(folder, [table(folder, ROWS)], out, BASE, recipe=recipe)
    cfg = Config.fromfile(str(out / 'sefar.py'))
    zoo = Config.fromfile(str(BASE / f'backbones/{recipe}.py')).zoo
    elements = tuple(zoo.recognizer.backbone.elements)
    assert cfg.model.recognizer.backbone.backbone == zoo.recognizer.backbone.backbone
    assert cfg.model.recognizer.backbone.init_cfg.checkpoint.startswith('https://download.')
    assert cfg.model.recognizer.cls_head.num_classes == 2
    assert cfg.model.algorithm.type == 'SeFAR'  # composites are the small network's
    assert cfg.model.data_preprocessor.mean == zoo.data_preprocessor.mean
    train = cfg.train_dataloader.dataset
    for dataset in (train.labelled, train.unlabelled, cfg.val_dataloader.dataset):
        assert tuple(dataset.pipeline.sample.elements) == elements
    clip = DATASETS.build(cfg.test_dataloader.dataset)[0]['inputs']
    assert clip.shape[2:] == (sum(elements), 224, 224)
    assert DATASETS.build(train)[0]
    with pytest.raises(
        ValueError,
        match='recipe=.resnet.*wanted one of small, gradients, started, .*conv',
    ):
        make_lists(folder, [table(folder, ROWS)], out, BASE, recipe='resnet')


def generated(clips, rows, tmp_path, recipe='small'):
    make_lists(clips, [table(clips, rows)], tmp_path / 'out', BASE, recipe=recipe)
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


def test_a_generated_config_wants_its_cache(folder, tmp_path):
    cfg = generated(folder, ROWS, tmp_path)
    with pytest.raises(CacheMissError, match='cache_frames.py'):
        Runner.build_dataloader(cfg.train_dataloader)
    assert cfg.model.algorithm.guard is None
    assert cfg.test_dataloader.dataset.pipeline.crop.crop_size == 64
    make_lists(folder, [table(folder, ROWS)], tmp_path / 'large', BASE, size=112)
    large = Config.fromfile(str(tmp_path / 'large/sefar.py')).test_dataloader.dataset
    assert large.pipeline.crop.crop_size == 112 and large.cache.short_side == 128
    assert cfg.model.algorithm.pseudo_labels.type == 'AdaptiveRegulationLoss'


def test_a_generated_config_has_a_network_of_gradients(folder, tmp_path):
    cfg = generated(folder, ROWS, tmp_path, 'gradients')
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.cache = None
    wanted = Config.fromfile(str(ROOT / 'configs/sefar/baselines/ltg_synthgym_10p.py'))
    assert cfg.model.algorithm.blocks == wanted.model.algorithm.blocks
    assert cfg.model.algorithm.pseudo_labels.alignment.type == 'DistributionAlignment'
    Runner.from_cfg(cfg).train()
    saved = torch.load(tmp_path / 'work/epoch_2.pth', weights_only=False)['state_dict']
    assert {'student', 'teacher', 'gradient'} <= {key.split('.')[0] for key in saved}


def test_a_generated_config_starts_without_labels(folder, tmp_path):
    cfg = generated(folder, ROWS, tmp_path, 'started')
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.cache = None
    cfg.train_dataloader.dataset.flip_label_map = {0: 1, 1: 0}
    cfg.model.algorithm.flip_label_map = {0: 1, 1: 0}
    start, last = stages_of(cfg)
    assert start.model.algorithm.type == 'TCLR' and last.model.algorithm.type == 'SeFAR'
    assert start.train_dataloader.dataset.flip_label_map is None
    StagedRunner.from_cfg(cfg).train()
    key = 'student.backbone.backbone.conv1.conv.weight'
    begun, ended = (
        torch.load(tmp_path / 'work' / name, weights_only=False)['state_dict'][key]
        for name in ('stages/start/epoch_2.pth', 'epoch_2.pth')
    )
    assert torch.corrcoef(torch.stack([begun.flatten(), ended.flatten()]))[0, 1] > 0.9


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
    (scalars,) = (tmp_path / 'work').glob('*/vis_data/scalars.json')
    assert all(name in scalars.read_text() for name in ('loss_comp', 'loss_mix'))


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
        ([*ROWS, 'take 0.mp4,turn'], "labels.csv:11: take 0.mp4 is labelled twice, 'turn' here"),
        ([*ROWS, '.,jump'], 'labels.csv:11: .*a folder without frames'),
        ([*ROWS, ',jump'], 'labels.csv:11: .*a row without a clip'),
        (['a.mp4,', 'b.mp4,'], 'a.mp4 is not there'),
        (['take 0.mp4,'], 'no row has a label'),
        ([], 'no row has a label'),
        (ROWS[:3], "one class, 'jump'"),
        ([ROWS[0], ROWS[8]], 'one clip per class'),
    ],
)
def test_faults_name_file_and_line(folder, rows, message):
    with pytest.raises(ValueError, match=message):
        make_lists(folder, [table(folder, rows)], folder.parent / 'out', BASE)


def test_a_second_call_goes_on_with_what_the_first_was_told(folder):
    out = folder.parent / 'out'
    rows = [f'{row},{"ab"[i % 2]}' for i, row in enumerate(ROWS)]
    first = [table(folder, rows, 'clip,label,who\n')]
    make_lists(folder, first, out, BASE, recipe='gradients', size=112, group_by='who')
    again = make_lists(folder, first, out, BASE)
    assert 'recipe is gradients, as it was' in again.notes and again.recipe == 'gradients'
    text = (out / 'base.py').read_text()
    assert 'sefar_gradients.py' in text and 'clips_112.py' in text
    groups = {row.split(',')[0]: row[-1] for row in rows}
    held, trained = (
        {groups[e.path] for e in read_clip_list(str(out / f'{name}.txt'))}
        for name in ('test', 'labelled')
    )
    assert held and not held & trained
    other = make_lists(folder, first, out, BASE, recipe='small')
    assert 'recipe is small, it was gradients' in other.notes
    assert 'sefar_recommended.py' in (out / 'base.py').read_text()


def test_a_call_that_is_stopped_has_edited_nothing(folder, monkeypatch):
    """A label that is mended afterwards is mended in the lists."""
    out = folder.parent / 'out'
    stopped = []

    @contextmanager
    def stops(path, mode='w'):
        with whole_file(path, mode) as file:
            yield file
        stopped.append(path.name)
        if path.name == 'labelled.txt':
            raise KeyboardInterrupt

    monkeypatch.setattr(made, 'whole_file', stops)
    with pytest.raises(KeyboardInterrupt):
        make_lists(folder, [table(folder, ROWS)], out, BASE)
    assert stopped == ['.made.json', 'labelled.txt']
    monkeypatch.undo()
    mended = [row.replace('turn', 'jump') if 'take 5' in row else row for row in ROWS]
    again = make_lists(folder, [table(folder, mended)], out, BASE)
    assert not any('was edited' in note for note in again.notes)
    (out / '.made.json').write_text('')
    with pytest.raises(ValueError, match='.made.json: is no JSON .*; delete it'):
        make_lists(folder, [table(folder, mended)], out, BASE)


def test_a_clip_that_a_list_spells_otherwise_stays_where_it_is(folder):
    """``#3.mp4`` is written as ``./#3.mp4``, else it would be a comment."""
    out = folder.parent / 'out'
    rows = []
    for i in range(6):
        write_clip(folder / f'#{i}.mp4', 10, value=12 * i)
        rows.append(f'#{i}.mp4,{"jump" if i % 2 else "turn"}')
    for _ in range(2):
        make_lists(folder, [table(folder, rows)], out, BASE)
        test, trained = (
            {entry.path for entry in read_clip_list(str(out / f'{name}.txt'))}
            for name in ('test', 'labelled')
        )
        assert len(test) == 2 and len(trained) == 4 and not test & trained
    mended = [f'#{i}.mp4,{"jump" if i < 3 else "turn"}' for i in range(6)]
    make_lists(folder, [table(folder, mended)], out, BASE)
    for entry in read_clip_list(str(out / 'test.txt')):
        assert entry.label == (int(entry.path[3]) >= 3)


def test_a_name_that_is_not_in_utf_8(folder):
    os.rename(folder / 'take 2.mp4', os.fsencode(folder) + b'/caf\xe9.mp4')
    with pytest.raises(ValueError, match='the name .*caf.* is not in UTF-8'):
        make_lists(folder, [table(folder, ROWS)], folder.parent / 'out', BASE)


def test_everything_labelled(folder):
    rows = [
        f'{p.relative_to(folder).as_posix()},{i % 2}' for i, p in enumerate(folder.rglob('*.mp4'))
    ]
    with pytest.raises(ValueError, match='every clip has a label'):
        make_lists(folder, [table(folder, rows)], folder.parent / 'out', BASE)
    with pytest.raises(ValueError, match='between 0 and 1'):
        make_lists(folder, [table(folder, ROWS)], folder.parent / 'out', BASE, test_share=1.0)


def test_groups_stay_together_where_a_class_is_added(tmp_path):
    clips = numbered(tmp_path, 240)
    rows = [f'{i}.mp4,{"abc"[i // 80]},athlete {i % 10}' for i in range(240)]
    write_clip(clips / 'x.mp4', 9)
    rows.append('x.mp4,,athlete 11')
    for number in (160, 240):
        labels = table(clips, [*rows[:number], *rows[240:]], 'clip,label,athlete\n')
        made = make_lists(clips, [labels], tmp_path / 'out', BASE, group_by='athlete')
        lists = lists_of(tmp_path / 'out', made.counts)
        of = {n: {int(Path(c.split()[0]).stem) % 10 for c in lists[n]} for n in ('test', 'val')}
        trained = {int(Path(line.split()[0]).stem) % 10 for line in lists['labelled']}
        assert of['test'] and not of['test'] & of['val'] and not trained & (of['test'] | of['val'])
    assert any('labelled clips are of groups held out' in note for note in made.notes)


@pytest.mark.parametrize(('classes', 'each', 'held'), [(10, 3, 0), (10, 10, 14), (4, 24, 13)])
def test_a_fifth_of_the_labels_that_stay_is_for_validation(tmp_path, classes, each, held):
    clips = numbered(tmp_path, classes * each + 1)
    rows = [f'{i}.mp4,{i % classes}' for i in range(classes * each)]
    made = make_lists(clips, [table(clips, rows)], tmp_path / 'out', BASE)
    stay = made.counts['labelled'] + made.counts.get('val', 0)
    assert made.counts.get('val', 0) == held == (stay // 5 if stay >= 50 else 0)


def test_a_class_that_grows_is_validated(tmp_path):
    clips = numbered(tmp_path, 165)
    rows = [f'{i}.mp4,{"ab①"[i % 2 if i < 100 else 2]}' for i in range(164)]
    for number, held in ((104, 0), (164, 8)):  # 1 of 4 and 18 of 60 are tested
        make_lists(clips, [table(clips, rows[:number])], tmp_path / 'out', BASE)
        lines = (tmp_path / 'out/val.txt').read_text().splitlines()
        assert abs(sum(line.endswith(' 2') for line in lines) - held) <= 4 * bool(held)
        assert (tmp_path / 'out/classes.txt').read_text() == 'a\nb\n①\n'


def test_unlabelled_parts_and_what_is_no_clip(tmp_path):
    clips = tmp_path / 'clips'
    (clips / '.thumbnails').mkdir(parents=True)
    for name in (*range(8), 'long'):
        write_clip(clips / f'{name}.mp4', 60, value=99)  # 4 seconds
    (clips / '.thumbnails/1.jpg').write_bytes(b'')
    (clips / 'a.gif').write_bytes(b'')
    rows = [f'{i}.mp4,{i % 4 // 2 * 9 + 2},,' for i in range(8)]  # the classes 2 and 11
    rows += ['long.mp4,2,0,1', 'long.mp4,,0.5,2', 'long.mp4,,2,4']
    labels = table(clips, rows, 'clip,label,start,end\n')
    made = make_lists(clips, [labels], tmp_path / 'out', BASE)
    lists = lists_of(tmp_path / 'out', made.counts)
    assert lists['unlabelled'] == ['long.mp4#t=2-4']  # the other one shares time with a label
    assert (tmp_path / 'out/classes.txt').read_text() == '2\n11\n'
    assert (
        'videos of other formats are passed over: 1 (.gif); write them again as .mp4' in made.notes
    )


def test_clips_whose_group_nobody_told_are_spoken_of(tmp_path):
    clips, athletes = numbered(tmp_path, 21), ('Zoé', 'zoé', 'Max', 'Ann')
    rows = [f'{i}.mp4,{"ab"[i % 2]},{athletes[i // 5]}' for i in range(20)]
    labels = table(clips, rows, 'clip,label,athlete\n')
    notes = make_lists(clips, [labels], tmp_path / 'out', BASE, group_by='athlete').notes
    assert any(note.startswith('1 clips have no row that tells their athlete') for note in notes)
    assert any(note.startswith("the values of athlete 'Zoé' and 'zoé' differ in") for note in notes)
