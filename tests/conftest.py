"""Fixtures: real video files made on the spot, and a tiny config that trains in seconds."""

import functools
import itertools
import multiprocessing
import multiprocessing.forkserver
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

import sefar  # noqa: F401
import tests.plain_configs  # noqa: F401
from sefar.drill.kills import free_port  # noqa: F401
from sefar.drill.trial import PRELOADED, run_copied, start_copied

ROOT = Path(__file__).parents[1]
ELEMENTS = (2, 2, 4)
NUMBERS = itertools.count()
LONGEST = ('test_the_walk', 'test_a_figure_from_real_runs', 'test_a_language_model_learns_to_read')
# MMEngine reads all of MMAction2's model zoo to find one base: half of each config's loading.
Config._get_cfg_path = staticmethod(functools.cache(Config._get_cfg_path))
# Whoever asks for a process first starts the server that copies it.
multiprocessing.set_forkserver_preload([*PRELOADED, 'tests.plain_configs'])
multiprocessing.forkserver.ensure_running()


def pytest_collection_modifyitems(items):
    """The longest tests begin first: at the end one process would wait for them."""
    items.sort(key=lambda item: not item.name.startswith(LONGEST))


@pytest.fixture(autouse=True)
def mmaction_scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)
    np.random.seed(0)


def run_tool(tool, *words, cwd=None, **env):
    """Run a script of the project, by its path from the root; a copied process has imported it."""
    with tempfile.TemporaryDirectory() as said:
        ended = run_copied(
            ROOT / tool, words, Path(cwd or os.getcwd()), Path(said), limit=280, env=env
        )
    assert ended.status is not None, f'{tool} takes more than 280 s: {ended.err[-2000:]}'
    return subprocess.CompletedProcess([tool, *words], ended.status, ended.out, ended.err)


def kill_at(line, tool, *words, cwd=ROOT):
    """Run a script as :func:`run_tool` does, and SIGKILL it when it says ``line``."""
    with tempfile.TemporaryDirectory() as said:
        said = Path(said)
        process = start_copied(ROOT / tool, words, Path(cwd), said)
        while process.exitcode is None:
            time.sleep(0.005)
            if any(line in file.read_text(errors='replace') for file in said.iterdir()):
                os.kill(process.pid, signal.SIGKILL)
                break
        process.join()
        assert process.exitcode == -signal.SIGKILL, (said / 'stderr').read_text()[-3000:]
    time.sleep(0.5)  # its workers end by themselves


def write_clip(path, num_frames=12, size=40, value=None, ramp=(10, None)):
    """Write a clip whose frame t has brightness 10 + 8 t, or ``value``, or along a ``ramp``."""
    first, last = ramp
    step = 8 if last is None else (last - first) / (num_frames - 1)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 15, (size, size))
    for t in range(num_frames):
        shade = first + step * t if value is None else value
        writer.write(np.full((size, size, 3), shade, np.uint8))
    writer.release()
    # An MP4 box that players pass over: equal pictures are no equal files.
    name = str(path).encode()
    with open(path, 'ab') as file:
        file.write((8 + len(name)).to_bytes(4, 'big') + b'free' + name)
    return path


@pytest.fixture(scope='session')
def clips(tmp_path_factory):
    """A folder of 3-class clips with lists: 6 labelled, 12 unlabelled, 6 test."""
    root = tmp_path_factory.mktemp('clips')
    (root / 'videos').mkdir()
    lists = {'labelled': 6, 'unlabelled': 12, 'test': 6}
    for name, count in lists.items():
        rows = []
        for i in range(count):
            write_clip(root / 'videos' / f'{name}_{i}.mp4', 9 + i % 3 * 4, value=40 + 80 * (i % 3))
            rows.append(f'{name}_{i}.mp4 {i % 3}')
        (root / f'{name}.txt').write_text('\n'.join(rows) + '\n')
    (root / 'classes.txt').write_text('low\nmiddle\nhigh\n')
    return root


@pytest.fixture
def tiny(clips, tmp_path):
    """A config, shrunk: 3 classes, 32 pixels, 3 epochs of 3 steps, one of warm-up."""
    return tiny_config(clips, tmp_path / 'work')


def tiny_config(clips, work_dir, name='sefar_synthgym_10p'):
    cfg = Config.fromfile(str(ROOT / 'configs/sefar' / f'{name}.py'))
    _shrink(cfg._cfg_dict)
    cfg.work_dir = str(work_dir)
    # Runs of one name share a logger, and names that MMEngine makes are equal within a second.
    cfg.experiment_name = f'tiny_{next(NUMBERS)}'
    cfg.randomness = dict(seed=0)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        place = dict(data_root=str(clips), data_prefix=dict(video='videos'))
        loader.dataset.update(**place, num_classes=3, cache=None)
        for name in ('flip_label_map', 'reverse_label_map'):  # of other classes
            loader.dataset.pop(name, None)
            cfg.model.algorithm.pop(name, None)
        loader.dataset.get('labelled', loader.dataset).pop('classes_file', None)
    cfg.val_dataloader.dataset.ann_file = cfg.test_dataloader.dataset.ann_file = 'test.txt'
    dataset = cfg.train_dataloader.dataset
    dataset.share = None
    dataset.labelled.ann_file = 'labelled.txt'
    dataset.unlabelled.ann_file = 'unlabelled.txt'
    dataset.draw = None
    cfg.train_dataloader.pop('batch_sampler', None)
    cfg.train_dataloader.batch_size = 8
    algorithm, network = cfg.model.algorithm, cfg.model.recognizer
    if 'warmup' in algorithm:
        algorithm.warmup = dict(epochs=1, ramp=algorithm.warmup.get('ramp', 'paper'))
    if 'ema' in algorithm:
        algorithm.ema = dict(type='EMATeacher', momentum=0.1)
    algorithm.pop('guard', None)  # it wants a validation list
    if network.backbone.type == 'DualLevelTimeSformer':
        small = dict(img_size=32, embed_dims=24, num_heads=3, num_layers=2, pretrained=None)
        network.backbone.update(small)
        network.cls_head.in_channels = 24
    elif network.backbone.backbone.type == 'ResNet3d':
        network.backbone.backbone.base_channels = 8
        network.cls_head.in_channels = 64
        if 'mix' in algorithm:
            algorithm.mix.cell = 8
    network.cls_head.update(num_classes=3, hidden_channels=16)
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=3, val_interval=3)
    cfg.optim_wrapper.optimizer = dict(type='SGD', lr=0.02, momentum=0.9, nesterov=True)
    cfg.param_scheduler = []
    cfg.default_hooks.logger.interval = 1
    cfg.log_processor.window_size = 1  # rows of single steps
    return cfg


def _shrink(node):
    """Replace the sizes of SynthGym's recipe in every pipeline."""
    if isinstance(node, list):
        for item in node:
            _shrink(item)
    elif isinstance(node, dict):
        sizes = {
            'RandomRescale': dict(scale_range=(32, 40)),
            'RandomCrop': dict(size=32),
            'Resize': dict(scale=(-1, 32)),
            'CenterCrop': dict(crop_size=32),
        }
        node.update(sizes.get(node.get('type'), {}) if isinstance(node.get('type'), str) else {})
        for value in node.values():
            _shrink(value)


@pytest.fixture(scope='session')
def shared_data():
    """The folder of real clips and annotations; tests that need it skip where it is absent."""
    root = Path(os.environ.get('SEFAR_SHARED_DATA', ROOT.parent / 'shared' / 'data'))
    if not root.is_dir():
        pytest.skip(f'{root} is absent; set SEFAR_SHARED_DATA to the folder of shared data')
    return root


@pytest.fixture(scope='session')
def trained_run(clips, tmp_path_factory):
    """The work dir of a real run of three epochs, and its config."""
    folder = tmp_path_factory.mktemp('trained') / 'work'
    cfg = tiny_config(clips, folder)
    cfg.test_dataloader.dataset.classes_file = 'classes.txt'
    cfg.val_dataloader.dataset.classes_file = 'classes.txt'
    cfg.train_dataloader.dataset.labelled.classes_file = 'classes.txt'
    Runner.from_cfg(cfg).train()
    return folder, cfg


@pytest.fixture(scope='session')
def checkpoint(trained_run):
    return str(trained_run[0] / 'epoch_3.pth')


@pytest.fixture
def command(monkeypatch, capfd):
    """Run a command of tools/ in this process: exit status, stdout and stderr."""

    def run(name, *words):
        monkeypatch.setattr(sys, 'argv', [name, *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / 'tools' / f'{name}.py'), run_name='__main__')
        return (ended.value.code or 0, *capfd.readouterr())

    return run


@pytest.fixture(autouse=True, scope='session')
def own_cache(tmp_path_factory):
    """What is remembered of clips stays out of the user's home; commands inherit it."""
    os.environ['XDG_CACHE_HOME'] = str(tmp_path_factory.mktemp('cache'))
