"""Stages, trained by real runners on real clips; cut off, gone on with, and refused."""

import copy
from pathlib import Path

import pytest
import torch
from mmaction.registry import RUNNERS
from mmengine.registry import init_default_scope
from mmengine.runner import EpochBasedTrainLoop, Runner

from sefar.engine import StagedRunner
from sefar.engine.staged_runner import stages_of
from tests.conftest import run_tool, tiny_config
from tests.engine.test_training import log_of, weights


def staged(clips, work_dir, name='tclr_synthgym_10p', epochs=1):
    cfg = tiny_config(clips, work_dir, f'baselines/{name}')
    cfg.train_cfg.update(max_epochs=epochs, val_interval=epochs)
    return cfg


def last_of(folder):
    return Path((folder / 'last_checkpoint').read_text().strip())


@pytest.fixture(scope='module')
def whole(clips, tmp_path_factory):
    """The folder of a training of two stages that nothing cut off."""
    init_default_scope('mmaction')
    folder = tmp_path_factory.mktemp('staged') / 'run'
    RUNNERS.build(staged(clips, folder)).train()
    return folder


def test_a_stage_begins_with_what_the_one_before_learnt(clips, whole, tmp_path):
    start = last_of(whole / 'stages/start')
    assert start.name == 'epoch_1.pth' and last_of(whole).name == 'epoch_1.pth'
    rows = log_of(whole / 'stages/start')
    # A pass over the 12 unlabelled clips, 6 a step; one over the 6 labelled ones has 3.
    assert len([row for row in rows if 'loss_local' in row]) == 2
    # The same last stage by itself, its start named by hand.
    alone = staged(clips, tmp_path / 'alone')
    alone.pop('stages')
    alone.pop('runner_type')
    alone.model.recognizer.backbone.init_cfg.checkpoint = str(start)
    other = Runner.from_cfg(alone)
    other._init_model_weights()
    begun = other.model.networks['student'].backbone.state_dict()
    taken = weights(start)
    assert all(torch.equal(value, taken[f'student.backbone.{key}']) for key, value in begun.items())
    same = other.train().state_dict()
    assert all(torch.equal(value, same[key]) for key, value in weights(last_of(whole)).items())


def test_what_was_cut_off_goes_on(clips, whole, tmp_path, monkeypatch):
    train = Runner.train
    calls = []

    def cut_off(self):
        calls.append(self.work_dir)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return train(self)

    monkeypatch.setattr(Runner, 'train', cut_off)
    with pytest.raises(KeyboardInterrupt):
        RUNNERS.build(staged(clips, tmp_path / 'cut')).train()
    monkeypatch.undo()
    made = tmp_path / 'cut/stages/start/epoch_1.pth'
    before = made.stat().st_mtime_ns
    cfg = staged(clips, tmp_path / 'cut')
    cfg.resume = True
    state = RUNNERS.build(cfg).train().state_dict()
    assert made.stat().st_mtime_ns == before  # the first stage was not trained again
    assert all(torch.equal(value, state[key]) for key, value in weights(last_of(whole)).items())


def test_what_was_cut_off_within_stages_goes_on(clips, tmp_path, monkeypatch):
    """Cut off after an epoch of the first stage, then of the last: the same to the bit."""
    whole = RUNNERS.build(staged(clips, tmp_path / 'whole', 'finepseudo_synthgym_10p', 2)).train()
    run_epoch = EpochBasedTrainLoop.run_epoch
    places = ['alignability', 'cut']

    def cut_off(loop):
        if loop.epoch == 1 and places and Path(loop.runner.work_dir).name == places[0]:
            places.pop(0)
            raise KeyboardInterrupt
        run_epoch(loop)

    monkeypatch.setattr(EpochBasedTrainLoop, 'run_epoch', cut_off)
    cfg = staged(clips, tmp_path / 'cut', 'finepseudo_synthgym_10p', 2)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            RUNNERS.build(copy.deepcopy(cfg)).train()
        cfg.resume = True
    found = RUNNERS.build(cfg).train().state_dict()
    assert not places and any('bank' in key for key in found)
    assert all(torch.equal(value, found[key]) for key, value in whole.state_dict().items())


def test_a_stage_that_begins_with_weights_goes_on_from_its_own(clips, tmp_path):
    cfg = staged(clips, tmp_path / 'run')
    cfg.stages.start.load_from = 'w.pth'

    def start():
        found = StagedRunner(cfg).stage('start', {})
        return found.load_from, bool(found.get('resume'))

    assert start() == ('w.pth', False)
    cfg.resume = True
    assert start() == ('w.pth', False)  # nothing is there yet
    (tmp_path / 'run/stages/start').mkdir(parents=True)
    (tmp_path / 'run/stages/start/last_checkpoint').write_text('epoch_1.pth')
    assert start() == (None, True)


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        (dict(stages={}), r'stages=\{\}: StagedRunner wants them by name'),
        (dict(stages=dict(start=3)), 'stages.start=3: wanted changes of the config'),
        (
            {'model.recognizer.backbone.init_cfg.checkpoint': 'stage:begin'},
            'the last stage: stage:begin names no stage before it; wanted one of start',
        ),
        (
            {'stages.start.model.algorithm.temperature': 0.0},
            'stage start: .*wanted weights of at least 0',
        ),
        ({'stages.start.model.algorithm.channels': 'many'}, 'wanted int'),
        ({'stages.begin.train_cfg.max_epochs': 2}, 'stages.begin: no later stage begins with what'),
        ({'stages.start.max_epochs': 2}, 'stages.start.max_epochs: wanted a field of a config'),
        ({'stages.start.train_dataloder': {}}, "; is it 'train_dataloader'"),
        (
            {
                'stages.start.train_dataloader.batch_size': 2,
                'stages.start.train_dataloader.sampler.ratio': (1, 1),
            },
            'stage start: batch_size=2: 1 unlabelled clip in a step',
        ),
        ({'custom_hooks': []}, 'stage start: custom_hooks: TCLR wants dict'),
        ({'train_dataloader.batch_size': 7}, 'stage start: batch_size=7 is no multiple'),
        (
            {'test_dataloader.dataset.data_prefix.video': 'elsewhere'},
            'stage start: .*test.txt:1: .*missing or empty',
        ),
    ],
)
def test_a_wrong_stage_stops_before_the_first_begins(clips, tmp_path, change, said):
    cfg = staged(clips, tmp_path / 'run')
    if 'stages' in change:
        cfg.stages = change['stages']
    else:
        cfg.merge_from_dict(change)
    with pytest.raises(ValueError, match=said):
        RUNNERS.build(cfg).train()
    assert not (tmp_path / 'run').exists()


def test_the_first_stage_may_begin_with_weights(clips, tmp_path):
    cfg = staged(clips, tmp_path / 'run')
    cfg.stages.start.load_from = 'weights.pth'
    first, last = stages_of(cfg)
    assert (first.load_from, last.get('load_from')) == ('weights.pth', None)
    StagedRunner(cfg).check()
    cfg.load_from = 'weights.pth'
    with pytest.raises(ValueError, match=r'overwrite what .* takes .*, stages.start.load_from'):
        StagedRunner(cfg).check()
    cfg.stages.start.pop('load_from')
    assert stages_of(cfg)[0].load_from is None


def test_stages_that_nothing_trains(clips, tmp_path):
    cfg = staged(clips, tmp_path / 'run')
    cfg.pop('runner_type')
    with pytest.raises(ValueError, match=r"stages=\['start'\]: only runner_type=.StagedRunner"):
        Runner.from_cfg(cfg)


def test_stages_of_every_staged_method_are_sound(clips, tmp_path):
    wanted = dict(
        tclr=['TCLR', 'Supervised'],
        memdpc=['MemDPC', 'Supervised'],
        timebalance=['TCLR', 'Supervised', 'TCLR', 'Supervised', 'TCLR', 'TimeBalance'],
        finepseudo=['Alignability', 'FinePseudo'],
    )
    for name, algorithms in wanted.items():
        cfg = tiny_config(clips, tmp_path, f'baselines/{name}_mocap_studio_5p')
        StagedRunner(cfg).check()
        assert [stage.model.algorithm.type for stage in stages_of(cfg)] == algorithms
    cfg = tiny_config(clips, tmp_path, 'baselines/timebalance_mocap_studio_5p')
    gammas = ('gamma_instance', 'gamma_local', 'gamma_global')
    algorithms = [stage.model.algorithm for stage in stages_of(cfg)]
    found = [[a.get(gamma, 1) for gamma in gammas] for a in algorithms if a.type == 'TCLR']
    assert found == [[1, 0, 0], [0, 1, 1], [1, 1, 1]]  # invariant, distinctive, the student's


def test_by_the_command_line_and_without_its_runner(clips, tmp_path):
    cfg = staged(clips, tmp_path / 'run', 'finepseudo_synthgym_10p', epochs=2)
    cfg.stages.alignability.train_dataloader.batch_size = 8
    cfg.dump(tmp_path / 'staged.py')
    done = run_tool('tools/train.py', str(tmp_path / 'staged.py'), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'stage 1 of 2: alignability, in' in done.stdout + done.stderr
    aligner = weights(tmp_path / 'run/stages/alignability/epoch_2.pth')
    ended = weights(tmp_path / 'run/epoch_2.pth')
    key = 'alignability.layers.0.weight'
    assert torch.equal(ended[f'aligner.{key}'], aligner[f'student.{key}'])
    assert (ended['algorithm.bank_labels'] >= 0).any()
    done = run_tool(
        'tools/test.py', str(tmp_path / 'staged.py'), str(tmp_path / 'run/epoch_2.pth'),
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
