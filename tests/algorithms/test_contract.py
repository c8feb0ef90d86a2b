"""Algorithms that a user adds, from this file alone: two networks trained; one frozen, a view."""

import json
import re
from copy import deepcopy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from sefar.algorithms import Algorithm, Labelling, Step
from sefar.analysis.complexity import describe
from sefar.engine import PreflightError
from sefar.engine.staged_runner import stages_of
from sefar.models import FixedThreshold
from tests.algorithms import staged
from tests.conftest import ROOT, kill_at, run_tool, tiny_config


@MODELS.register_module()
class CoTraining(Algorithm):
    """Two networks of different width; each labels the other's strong view."""

    trained = ('wide', 'narrow')
    predict_on = 'wide'
    views = ('weak', 'strong')
    stronger = (('weak', 'strong'),)

    def __init__(self, threshold=0.0, channels=4):
        super().__init__()
        self.labeller, self.channels = FixedThreshold(threshold), channels

    def build_networks(self, recognizer):
        narrow = deepcopy(recognizer)
        narrow['backbone']['backbone']['base_channels'] = self.channels
        narrow['cls_head']['in_channels'] = 8 * self.channels
        return {'wide': MODELS.build(recognizer), 'narrow': MODELS.build(narrow)}

    @property
    def labelling(self):
        return Labelling(self.networks['wide'], self.labeller)

    def unlabelled_step(self, inputs, samples, progress):
        losses, log = {}, {}
        for name, other in (('wide', 'narrow'), ('narrow', 'wide')):
            pseudo = self.labeller(self.networks[other], inputs['weak'])
            logits = self.networks[name](inputs['strong'], stage='head')
            each = F.cross_entropy(logits, pseudo.labels, reduction='none')
            losses[f'{name}_loss_un'] = (pseudo.weights * each).mean()
            log[f'{other}_mu'] = pseudo.confidence.mean()
        return Step(losses, log)


@MODELS.register_module()
class Guided(Algorithm):
    """A frozen second network guides the student on a third view; a running mean is learnt."""

    views = ('weak', 'strong', 'still')

    def __init__(self):
        super().__init__()
        self.register_buffer('seen', torch.zeros(()))

    def build_networks(self, recognizer):
        guide = dict(recognizer, backbone=dict(recognizer['backbone']))
        return {'student': MODELS.build(recognizer), 'guide': MODELS.build(guide)}

    def unlabelled_step(self, inputs, samples, progress):
        with torch.no_grad():
            target = self.networks['guide'](inputs['still'], stage='head').softmax(1)
        losses = [
            F.mse_loss(self.student(inputs[view], stage='head').softmax(1), target)
            for view in ('weak', 'strong')
        ]
        self.seen.add_(len(target))
        return Step(dict(loss_guide=sum(losses)), dict(clips_seen=self.seen.clone()))


def config(clips, work_dir, name):
    cfg = tiny_config(clips, work_dir)
    cfg.custom_imports = dict(
        imports=['sefar', 'tests.algorithms.test_contract'], allow_failed_imports=False
    )
    cfg.model.algorithm = dict(type=name)
    if name == 'Guided':
        pipeline = cfg.train_dataloader.dataset.unlabelled.pipeline
        pipeline.sample.views = Guided.views
        pipeline.split.views.still = dict(pipeline.split.views.weak)
    return cfg


NETWORKS = {'CoTraining': ('wide', 'narrow'), 'Guided': ('student', 'guide')}


def logged(work_dir):
    files = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.mark.parametrize('name', NETWORKS)
def test_it_trains_is_killed_resumes_bit_for_bit_and_is_tested(clips, tmp_path, name):
    cfg = config(clips, tmp_path / 'whole', name)
    cfg.dump(str(tmp_path / 'config.py'))
    Runner.from_cfg(cfg).train()
    whole = tmp_path / 'whole/epoch_3.pth'

    killed = tmp_path / 'killed'
    words = (tmp_path / 'config.py', '--work-dir', killed)
    kill_at('Epoch(train) [2][2/3]', 'tools/train.py', *words)
    resumed = run_tool('tools/train.py', *words, '--resume', cwd=ROOT)
    states = [
        torch.load(path, weights_only=False)['state_dict']
        for path in (whole, killed / 'epoch_3.pth')
    ]
    assert states[0].keys() == states[1].keys(), resumed.stderr[-3000:]
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())
    assert {key.split('.')[0] for key in states[0]} - {'algorithm'} == set(NETWORKS[name])

    test = run_tool('tools/test.py', tmp_path / 'config.py', whole, cwd=ROOT)
    for network in NETWORKS[name]:
        assert f'{network}/acc/top1: ' in test.stdout + test.stderr, test.stderr[-3000:]


def test_both_networks_of_co_training_learn(clips, tmp_path):
    runner = Runner.from_cfg(config(clips, tmp_path / 'work', 'CoTraining'))
    before = {k: v.clone() for k, v in runner.model.state_dict().items()}
    runner.train()
    after = runner.model.state_dict()
    moved = {
        key.split('.')[0] for key, value in before.items() if not torch.equal(value, after[key])
    }
    assert moved == {'wide', 'narrow'}
    row = next(row for row in logged(tmp_path / 'work') if 'loss' in row)
    parts = [f'{name}_loss_{part}' for name in NETWORKS['CoTraining'] for part in ('sup', 'un')]
    assert row['loss'] == pytest.approx(sum(row[part] for part in parts), rel=1e-4)


def test_a_frozen_network_stays_and_a_buffer_is_saved(clips, tmp_path):
    runner = Runner.from_cfg(config(clips, tmp_path / 'work', 'Guided'))
    runner.model.init_weights()
    before = {k: v.clone() for k, v in runner.model.networks['guide'].state_dict().items()}
    runner._init_model_weights = lambda: None  # those above
    runner.train()
    guide = runner.model.networks['guide']
    assert all(torch.equal(value, before[key]) for key, value in guide.state_dict().items())
    assert not any(module.training for module in guide.modules())
    saved = torch.load(tmp_path / 'work/epoch_3.pth', weights_only=False)['state_dict']
    assert saved['algorithm.seen'] == 3 * 3 * 6  # epochs, steps, clips


def test_a_view_that_the_loader_does_not_give_stops_the_run(clips, tmp_path):
    cfg = config(clips, tmp_path / 'work', 'Guided')
    cfg.train_dataloader.dataset.unlabelled.pipeline.sample.views = ('weak', 'strong')
    del cfg.train_dataloader.dataset.unlabelled.pipeline.split.views['still']
    with pytest.raises(
        PreflightError, match=r"wants the views .*'still'.* add still to sample.views"
    ):
        Runner.from_cfg(cfg).train()


def test_views_that_are_made_alike_are_warned_of(clips, tmp_path):
    cfg = config(clips, tmp_path / 'work', 'CoTraining')
    views = cfg.train_dataloader.dataset.unlabelled.pipeline.split.views
    views.strong.update(temporal=None, strength=None)
    Runner.from_cfg(cfg).train()
    text = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert "CoTraining: the views 'weak' and 'strong' are made alike" in text


def test_cost_is_counted_through_the_contract(clips, tmp_path):
    """Both networks, forward and backward, on labelled and strong; each labels once."""
    cfg = config(clips, tmp_path / 'work', 'CoTraining')
    info = describe(cfg)
    assert list(info['networks']) == ['wide', 'narrow']
    assert info['networks']['narrow'] < info['networks']['wide'] / 2
    assert info['clip_forwards'] == (2 * 3 * (2 + 6) + 2 * 6) / 2
    assert info['unlabelled_epochs'] == 3 and info['label_ratio'] == 1
    cfg.model.algorithm.channels = 8  # both networks as wide as the config's
    equal = describe(cfg)
    assert equal['warmup_gflops'] == pytest.approx(2 * 3 * 2 * equal['forward_gflops'])
    assert info['warmup_gflops'] < 0.9 * equal['warmup_gflops']
    assert equal['step_gflops'] == pytest.approx(
        2 * equal['clip_forwards'] * equal['forward_gflops'], rel=1e-3
    )
    assert 0 < info['kept_gib'] < equal['kept_gib']


SHIPPED = [
    path
    for folder in ('', 'baselines', 'field')
    for path in sorted((ROOT / 'configs/sefar' / folder).glob('*.py'))
    if re.search('synthgym|_s_gym99_5p|mocap_5p|field.*_ucf101$', f'{folder} {path.stem}')
]


@pytest.mark.parametrize('path', SHIPPED, ids=lambda path: path.stem)
def test_shipped_views_differ_where_an_algorithm_says_so(path):
    for cfg in stages_of(Config.fromfile(str(path))):
        pairs = MODELS.get(cfg.model.algorithm.type).stronger
        if not pairs:
            plain = ['Supervised', 'MeanTeacher', 'MeanTeacherDistilled', 'TemporalContrast']
            plain += ['TimeBalance', 'MemDPC']
            assert cfg.model.algorithm.type in plain  # they say no such thing
        views = cfg.train_dataloader.dataset.unlabelled.pipeline.split.views
        for weak, strong in pairs:
            assert views[weak] != views[strong], path


def test_steps_that_would_go_wrong_silently_are_refused(clips, tmp_path):
    with pytest.raises(ValueError, match="a step has 'loss_a' twice"):
        Step({'loss_a': torch.ones(())}, {}).merged(Step({'loss_a': torch.ones(())}, {}))
    model = MODELS.build(config(clips, tmp_path, 'CoTraining').model)
    for losses, log in (({'guide': 1}, {}), ({}, {'loss_seen': 1})):
        model.algorithm.step = lambda *args, step=Step(losses, log): step
        with pytest.raises(ValueError, match='MMEngine sums'):
            model.loss({}, {})
    each = torch.ones(4, requires_grad=True)
    for loss, found in (
        (0.5, '0.5'),
        (each, r'shape \(4,\)'),
        (each.detach().sum(), r'shape \(\)'),
    ):
        model.algorithm.step = lambda *args, step=Step({'loss_un': loss}, {}): step
        with pytest.raises(ValueError, match=f'loss_un: found {found}, wanted a scalar tensor'):
            model.loss({}, {})
    model.algorithm.step = lambda *args: Step({}, {'share': 0.5})
    with pytest.raises(ValueError, match='share: found 0.5, wanted a tensor'):
        model.loss({}, {})
    model.algorithm.step = lambda inputs, *args: Step({'loss_un': inputs['fast'].mean()}, {})
    with pytest.raises(ValueError, match="looks at the view 'fast'; there are weak, strong: what"):
        model.loss(dict(weak=each, strong=each), {})


def test_a_step_that_fixmatch_never_comes_to_is_refused():
    class Forgotten(MODELS.get('FixMatch')):
        def unlabelled_step(self, inputs, samples, progress):
            raise AssertionError

    MODELS.register_module(module=Forgotten, force=True)
    with pytest.raises(ValueError, match='Forgotten.unlabelled_step: FixMatch, .* write unlab'):
        staged.build('Forgotten')
    MODELS.module_dict.pop('Forgotten')


def test_a_part_of_another_kind_is_refused():
    with pytest.raises(ValueError, match='algorithm: found a FixedThreshold, wanted an Algorithm'):
        staged.build('FixedThreshold')
    with pytest.raises(ValueError, match='pseudo_labels: found a WarmUp, wanted a PseudoLabeller'):
        staged.build('FixMatch', pseudo_labels=dict(type='WarmUp'))


def test_a_labeller_is_changed_or_replaced():
    rule = staged.build('FixMatch', pseudo_labels=dict(threshold=0.5)).algorithm.pseudo_labels
    assert (type(rule), rule.threshold) == (FixedThreshold, 0.5)
    other = dict(_delete_=True, type='EveryPrediction')  # as beneath a config that names none
    rule = staged.build('FixMatch', pseudo_labels=other).algorithm.pseudo_labels
    assert type(rule).__name__ == 'EveryPrediction'


def test_a_method_that_no_clip_would_come_to_says_so(clips, tmp_path, monkeypatch):
    monkeypatch.setattr(CoTraining, 'views', ())
    with pytest.raises(ValueError, match='CoTraining has an unlabelled_step and no views'):
        MODELS.build(config(clips, tmp_path, 'CoTraining').model)


def test_a_method_without_its_step_says_so(clips, tmp_path, monkeypatch):
    monkeypatch.delattr(CoTraining, 'unlabelled_step')
    with pytest.raises(NotImplementedError, match='CoTraining .* has no unlabelled_step'):
        Runner.from_cfg(config(clips, tmp_path, 'CoTraining')).train()


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(trained=('wide', 'deep')), "CoTraining.trained names 'deep'; its networks are"),
        (dict(predict_on='deep'), "CoTraining.predict_on names 'deep'"),
        (dict(build_networks=lambda self, cfg: {'pred': None}), "cannot be called 'pred'"),
    ],
)
def test_networks_that_do_not_fit_are_refused(clips, tmp_path, monkeypatch, change, message):
    for name, value in change.items():
        monkeypatch.setattr(CoTraining, name, value)
    with pytest.raises((ValueError, TypeError), match=message):
        MODELS.build(config(clips, tmp_path, 'CoTraining').model)


def test_a_checkpoint_without_the_algorithm_s_buffers_starts_a_run(clips, tmp_path):
    cfg = config(clips, tmp_path / 'work', 'Guided')
    state = MODELS.build(cfg.model).state_dict()
    torch.save({k: v for k, v in state.items() if k != 'algorithm.seen'}, tmp_path / 'start.pth')
    cfg.load_from = str(tmp_path / 'start.pth')
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 9 and runner.model.algorithm.seen == 9 * 6
