"""Frames from the cache are those of decoding and resizing; a changed clip is seen."""

import json
import os
import re
import shutil
from types import SimpleNamespace

import cv2
import mmcv
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmcv.transforms import Compose
from mmengine.runner import Runner

from sefar.datasets import LabelledVideoDataset
from sefar.datasets.clip_parts import kept_frames
from sefar.datasets.frame_cache import (
    CacheMissError,
    FrameCache,
    UnreadableClipError,
    digest,
    stamp,
)
from sefar.datasets.transforms import FrameCacheInit
from sefar.engine import PreflightError
from sefar.engine.preflight import check_cache
from sefar.preparation import cache_frames as making
from sefar.preparation.cache_frames import cache_frames, check_room, measure
from tests.conftest import run_tool, tiny_config, write_clip


@pytest.fixture
def data(clips, tmp_path):
    root = tmp_path / 'data'
    shutil.copytree(clips, root)
    return root


def video(data, name):
    return str(data / 'videos' / name)


@pytest.mark.parametrize('short_side', [None, 24, 40, 64])
def test_pixels_are_those_of_decoding_and_resizing(tmp_path, short_side, monkeypatch):
    monkeypatch.setattr('sefar.preparation.cache_frames.CHUNK', 4)
    path = write_clip(tmp_path / 'a.mp4', 11)
    cache_frames([str(path)], tmp_path / 'cache', short_side, workers=1)
    steps = [
        dict(type='DecordInit'),
        dict(type='DualLevelSampleFrames', test_mode=True),
        dict(type='DecordDecode'),
    ]
    if short_side is not None and short_side < 40:
        steps.append(dict(type='Resize', scale=(-1, short_side)))
    cached = [
        dict(type='FrameCacheInit', folder=str(tmp_path / 'cache'), short_side=short_side),
        steps[1],
        dict(type='ArrayDecode'),
    ]
    info = dict(filename=str(path), start_index=0, modality='RGB', label=0)
    direct, stored = (Compose(pipeline)(dict(info)) for pipeline in (steps, cached))
    assert direct['total_frames'] == stored['total_frames'] == 11
    for one, other in zip(direct['imgs'], stored['imgs'], strict=True):
        np.testing.assert_array_equal(one, other)


def test_frame_rate_by_hand():
    assert kept_frames(8, 30, 15).tolist() == [0, 2, 4, 6]
    assert kept_frames(7, 30, 10).tolist() == [0, 3, 6]
    assert kept_frames(1, 30, 1).tolist() == [0]
    assert kept_frames(18, 59.94, 29.97).tolist() == list(range(0, 18, 2))  # 18 × 0.5 rounds up


def test_the_size_is_told_before_anything_is_written(data, tmp_path):
    paths = [video(data, f'test_{i}.mp4') for i in range(3)]  # 9, 13 and 17 frames of 40 x 40
    size = measure(paths, 20, None, workers=1)
    assert size == (3, 39, 39 * 20 * 20 * 3)
    with pytest.raises(OSError, match=r'the cache takes \d+.\d GiB, .* free; take a smaller'):
        check_room(size._replace(bytes=2**60), tmp_path / 'not/there/yet', paths)


def test_room_is_wanted_for_what_is_not_written_yet(data, tmp_path, monkeypatch):
    paths = [video(data, f'test_{i}.mp4') for i in range(3)]
    cache_frames(paths[:2], tmp_path / 'cache', 20, workers=1)
    size = measure(paths, 20, None, workers=1)
    (tmp_path / 'cache/index.json').unlink()  # as where it was killed
    one = 17 * 20 * 20 * 3
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: SimpleNamespace(free=one))
    check_room(size, tmp_path / 'cache', paths)
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: SimpleNamespace(free=one - 300))
    with pytest.raises(OSError, match='the cache takes'):
        check_room(size, tmp_path / 'cache', paths)
    others = [video(data, f'labelled_{i}.mp4') for i in range(2)]
    with pytest.raises(OSError, match='the cache takes'):  # of these it holds nothing
        check_room(measure(others, 20, None, workers=1), tmp_path / 'cache', others)


def test_what_is_cached_is_not_read_again(data, tmp_path, monkeypatch):
    paths = [video(data, f'test_{i}.mp4') for i in range(3)]
    cache_frames(paths[:2], tmp_path / 'cache', 20, workers=1)
    os.utime(paths[1], (1, 1))  # touched
    read = []
    monkeypatch.setattr(making, 'digest', lambda path: read.append(path) or digest(path))
    cache_frames(paths, tmp_path / 'cache', 20, workers=1)
    assert read == paths[1:]
    cache = FrameCache(str(tmp_path / 'cache'), 20)
    assert all(cache.index[os.path.abspath(path)][:2] == stamp(path) for path in paths)


def test_a_changed_clip_is_seen_and_a_moved_one_is_known(data, tmp_path):
    path = video(data, 'test_0.mp4')
    cache_frames([path], tmp_path / 'cache', workers=1)
    os.utime(path, (1, 1))  # touched: another time, the same content
    assert len(FrameCache(str(tmp_path / 'cache'))[path].frames) == 9
    moved = shutil.move(path, video(data, 'elsewhere.mp4'))
    assert len(FrameCache(str(tmp_path / 'cache'))[moved].frames) == 9
    write_clip(path, 5)
    with pytest.raises(
        CacheMissError, match='test_0.mp4: is not in the frame cache .* has changed'
    ):
        FrameCache(str(tmp_path / 'cache'))[path]
    cache_frames([path], tmp_path / 'cache', workers=1)
    assert len(FrameCache(str(tmp_path / 'cache'))[path].frames) == 5


def test_a_broken_clip_costs_itself_alone(data, tmp_path):
    broken, whole = video(data, 'test_0.mp4'), video(data, 'test_1.mp4')
    with open(broken, 'wb') as file:
        file.write(b'no video' * 50)
    problems = cache_frames([broken, whole], tmp_path / 'cache', workers=1)
    assert list(problems) == [os.path.abspath(broken)]
    cache = FrameCache(str(tmp_path / 'cache'))
    assert len(cache[whole].frames) == 13
    with pytest.raises(UnreadableClipError, match='test_0.mp4: could not be decoded'):
        cache[broken]


def test_a_clip_that_is_gone_costs_itself_alone(data, tmp_path):
    gone, whole = video(data, 'gone.mp4'), video(data, 'test_1.mp4')
    assert cache_frames([gone, whole], tmp_path / 'cache', workers=1) == {gone: 'no such file'}
    assert list(FrameCache(str(tmp_path / 'cache')).index) == [os.path.abspath(whole)]


def test_a_folder_without_frames_costs_itself_alone(data, tmp_path):
    (data / 'videos/unlabelled_4.mp4').unlink()
    (data / 'videos/unlabelled_4.mp4').mkdir()
    cfg = cached_config(data, tmp_path / 'work')
    cfg.dump(str(tmp_path / 'config.py'))
    assert 'a folder without frames' in make(tmp_path / 'config.py', '--workers', '1').stdout
    _, unlabelled = DATASETS.build(cfg.train_dataloader.dataset).datasets
    assert check_cache(unlabelled) is None  # the check of files tells it


def test_frames_of_two_sizes_are_a_broken_clip(tmp_path):
    (tmp_path / 'frames').mkdir()
    for number, size in enumerate((8, 8, 12)):
        mmcv.imwrite(np.zeros((size, size, 3), np.uint8), str(tmp_path / f'frames/{number}.png'))
    problems = cache_frames([str(tmp_path / 'frames')], tmp_path / 'cache', workers=1)
    assert len(problems) == 1
    assert [path.suffix for path in (tmp_path / 'cache/frames').iterdir()] == []


def test_a_cache_made_otherwise_is_refused(data, tmp_path):
    with pytest.raises(CacheMissError, match='holds no finished frame cache; make it by'):
        FrameCache(str(tmp_path / 'cache'))
    cache_frames([video(data, 'test_0.mp4')], tmp_path / 'cache', 20, workers=1)
    with pytest.raises(CacheMissError, match=r"made with {'short_side': 20, .*wants .* 24"):
        FrameCache(str(tmp_path / 'cache'), 24)
    with pytest.raises(ValueError, match='was made with'):
        cache_frames([video(data, 'test_0.mp4')], tmp_path / 'cache', 24, workers=1)


def cached_config(data, work_dir):
    cfg = tiny_config(data, work_dir)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.cache = dict(folder=str(data / 'frames'))
    return cfg


def make(config, *words):
    return run_tool('tools/data/cache_frames.py', config, *words)


def test_training_from_the_cache_is_training_from_the_videos(data, tmp_path):
    """At the clips' own size: the same weights to the bit, and no video is opened any more."""
    Runner.from_cfg(tiny_config(data, tmp_path / 'videos')).train()
    cfg = cached_config(data, tmp_path / 'cached')
    with pytest.raises(CacheMissError, match='holds no finished frame cache'):
        Runner.from_cfg(cfg).train()
    cfg.dump(str(tmp_path / 'config.py'))
    done = make(tmp_path / 'config.py', '--workers', '1')
    assert done.returncode == 0 and f'{data}/frames: 24 clips, ' in done.stdout, done.stderr
    Runner.from_cfg(cfg).train()
    states = [
        torch.load(tmp_path / name / 'epoch_3.pth', weights_only=False)['state_dict']
        for name in ('videos', 'cached')
    ]
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())

    write_clip(data / 'videos/labelled_2.mp4', 30)
    with pytest.raises(
        PreflightError, match=r'labelled.txt:3: [^:]*labelled_2.mp4: is not in the f'
    ):
        Runner.from_cfg(cached_config(data, tmp_path / 'again')).train()


def test_the_tool_writes_flow_where_a_pipeline_has_it(data, tmp_path):
    cfg = cached_config(data, tmp_path / 'work')
    cfg.dump(str(tmp_path / 'plain.py'))
    cfg.train_dataloader.dataset.labelled.pipeline.motion = dict(type='OpticalFlow')
    cfg.dump(str(tmp_path / 'flow.py'))
    assert make(tmp_path / 'plain.py', '--workers', '1').returncode == 0
    labelled, unlabelled = DATASETS.build(cfg.train_dataloader.dataset).datasets
    with pytest.raises(
        PreflightError, match=r'labelled.txt:1: [^:]*_0.mp4: the frame cache .* no o'
    ):
        check_cache(labelled)
    check_cache(unlabelled)
    done = make(tmp_path / 'flow.py', '--workers', '1')
    assert done.returncode == 0, done.stderr
    assert len(list((data / 'frames/flow').iterdir())) == 6
    check_cache(labelled)
    assert set(labelled[0]['inputs']) == {'labelled', 'labelled_flow'}


def test_a_part_of_a_cached_clip_has_its_own_frames_and_the_clip_s_rate(data, tmp_path):
    path = video(data, 'test_2.mp4')  # 17 frames, 15 a second
    cache_frames([path], tmp_path / 'cache', workers=1)
    found = FrameCacheInit(str(tmp_path / 'cache'))(dict(filename=f'{path}#t=0.4-0.8'))
    assert (found['start_index'], found['total_frames'], found['avg_fps']) == (6, 6, 15)


def test_a_broken_clip_in_a_cache_stops_a_run_where_it_cannot_be_replaced(data, tmp_path):
    for name in ('labelled_1', 'unlabelled_0'):
        clip = data / f'videos/{name}.mp4'
        clip.write_bytes(clip.read_bytes()[:300])
    cfg = cached_config(data, tmp_path / 'work')
    cfg.dump(str(tmp_path / 'config.py'))
    assert 'cannot be decoded' in make(tmp_path / 'config.py', '--workers', '1').stdout
    labelled, unlabelled = DATASETS.build(cfg.train_dataloader.dataset).datasets
    said = check_cache(unlabelled)
    assert re.search(r'unlabelled.txt:1: .*decoded when .* \(1 of 12 clips\). They are repl', said)
    with pytest.raises(
        PreflightError, match=r'labelled.txt:2: .*: could not be decoded when the fr'
    ):
        check_cache(labelled)


def test_a_part_that_a_cached_video_has_not(data, tmp_path):
    cfg = cached_config(data, tmp_path / 'work')
    cfg.dump(str(tmp_path / 'config.py'))
    make(tmp_path / 'config.py', '--workers', '1')
    rows = (data / 'labelled.txt').read_text().splitlines()
    path, label = rows[1].split()
    for times in ('30-60', '0-120'):
        part = f'{path}#t={times} {label}'
        (data / 'labelled.txt').write_text('\n'.join([rows[0], part]) + '\n')
        labelled, _ = DATASETS.build(cfg.train_dataloader.dataset).datasets
        with pytest.raises(PreflightError, match=r'labelled.txt:2: .*seconds'):
            check_cache(labelled)
    pool = (data / 'unlabelled.txt').read_text().splitlines()
    late = [f'{row.split()[0]}#t=30-60' for row in pool]
    (data / 'unlabelled.txt').write_text('\n'.join([late[0], *pool[1:]]))
    said = check_cache(DATASETS.build(cfg.train_dataloader.dataset).datasets[1])
    assert re.search(r'unlabelled.txt:1: .*seconds.* \(1 of 12 clips\)', said)
    (data / 'unlabelled.txt').write_text('\n'.join(late))
    with pytest.raises(PreflightError, match=r'unlabelled.txt:1: .*seconds'):
        check_cache(DATASETS.build(cfg.train_dataloader.dataset).datasets[1])


@pytest.mark.parametrize('wrong', [dict(short_side=0), dict(short_side=True), dict(fps=-5)])
def test_a_cache_of_nothing(data, tmp_path, wrong):
    cfg = cached_config(data, tmp_path / 'work')
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.cache.update(wrong)
    cfg.dump(str(tmp_path / 'config.py'))
    done = make(tmp_path / 'config.py')
    ((name, value),) = wrong.items()
    assert done.returncode and f'cache.{name}={value}: wanted' in done.stderr
    assert not (data / 'frames').exists()


def test_stages_and_absent_loaders_are_cached_too(data, tmp_path):
    cfg = cached_config(data, tmp_path / 'work')
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.runner_type = 'StagedRunner'
    motion = dict(dataset=dict(labelled=dict(pipeline=dict(motion=dict(type='OpticalFlow')))))
    cfg.stages = dict(start=dict(train_dataloader=motion))
    cfg.dump(str(tmp_path / 'config.py'))
    done = make(tmp_path / 'config.py', '--workers', '1')
    assert done.returncode == 0, done.stderr
    assert len(list((data / 'frames/flow').iterdir())) == 6


def test_equal_clips_are_written_by_two_processes_at_once(tmp_path):
    first = [write_clip(tmp_path / f'{i}.mp4', 9 + i, value=40) for i in range(2)]
    paths = [str(shutil.copy(first[i % 2], tmp_path / f'copy_{i}.mp4')) for i in range(16)]
    assert cache_frames(paths, tmp_path / 'cache', workers=2) == {}
    cache = FrameCache(str(tmp_path / 'cache'))
    assert [len(cache[path].frames) for path in paths] == [9, 10] * 8
    assert len(list((tmp_path / 'cache/frames').iterdir())) == 4  # two contents, and their rates


def test_a_killed_making_goes_on(data, tmp_path):
    """What is there whole is kept, what is not is written; there is no index before the end."""
    cfg = cached_config(data, tmp_path / 'work')
    cfg.dump(str(tmp_path / 'config.py'))
    assert make(tmp_path / 'config.py').returncode == 0
    frames = sorted((data / 'frames/frames').glob('*.npy'))
    times = {path: path.stat().st_mtime_ns for path in frames[1:]}
    frames[0].rename(frames[0].with_suffix('.part'))  # as a kill leaves it
    index = json.loads((data / 'frames/index.json').read_text())
    (data / 'frames/index.json').unlink()
    with pytest.raises(CacheMissError, match='no finished frame cache'):
        Runner.from_cfg(cfg).train()
    assert make(tmp_path / 'config.py').returncode == 0
    assert json.loads((data / 'frames/index.json').read_text()) == index
    assert frames[0].is_file()
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_wrong_input(data, tmp_path):
    tiny_config(data, tmp_path / 'work').dump(str(tmp_path / 'plain.py'))
    done = make(tmp_path / 'plain.py')
    assert done.returncode == 1 and 'names no cache' in done.stderr
    with pytest.raises(ValueError, match='the pipeline opens no video'):
        LabelledVideoDataset(
            'test.txt', data_root=str(data), pipeline=[], cache=dict(folder='frames')
        )


def test_a_file_of_the_same_size_that_has_changed_is_seen(tmp_path):
    folder = tmp_path / 'frames'
    folder.mkdir()
    cv2.imwrite(str(folder / '1.bmp'), np.zeros((8, 8, 3), np.uint8))
    os.utime(folder / '1.bmp', (0, 0))  # a frame that stays as old as it was
    for shade in (0, 9):
        cv2.imwrite(str(folder / '0.bmp'), np.full((8, 8, 3), shade, np.uint8))
        os.utime(folder / '0.bmp', (shade, shade))
        if not shade:
            cache_frames([str(folder)], tmp_path / 'cache', workers=1)
    with pytest.raises(CacheMissError, match='has changed since'):
        FrameCache(str(tmp_path / 'cache'))[str(folder)]
