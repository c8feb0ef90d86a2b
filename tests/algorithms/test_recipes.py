"""What the shipped recipes count: the numbers of the papers, and those of docs/algorithms.md."""

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from sefar.engine.staged_runner import stages_of
from sefar.models.meta import on_meta
from tests.conftest import ROOT

PAPER = dict(gamma_un=2.0, ramp='released')
STEPS = dict(gamma_un=3.0, ramp='released')
NETWORKS = ('auxiliary', 'blocks', 'block_channels')
"""What of a recipe goes with the size of the network."""
SHIPPED = {  # what differs from these, in both recipes
    'fixmatch': dict(threshold=0.95),
    'freematch': {},
    'softmatch': {},
    'adamatch': {},
    'mean_teacher': dict(gamma_un=100.0),
    'svformer': dict(threshold=0.3, mixes=True, compare='logits'),
    'videossl': dict(threshold=0.95, gamma_soft=(1.0, 0.1)),
    'mean_teacher_distilled': dict(gamma_un=100.0, gamma_soft=(1.0, 0.1)),
    'cmpl': dict(threshold=0.8),
    'tacl': dict(threshold=0.95),
    'actorcutmix': dict(threshold=0.95, probability=0.5),
    'learn2augment': dict(threshold=0.95),
    'mvpl': dict(threshold=0.3),
    'finepseudo': dict(threshold=0.7),
    'ltg': dict(gamma_un=1.0, gamma_contrast=2.0, ramp='constant', threshold=0.3),
}


def leaf(name, data):
    path = ROOT / f'configs/sefar/baselines/{name}_{data}.py'
    return Config.fromfile(str(path))


def built(cfg):
    init_default_scope('mmaction')
    return on_meta(cfg.model).algorithm


@pytest.mark.parametrize('name', SHIPPED)
@pytest.mark.parametrize('recipe', ['paper', 'steps'])
def test_weights_ramps_and_thresholds(name, recipe):
    wanted = dict(PAPER if recipe == 'paper' else STEPS, **SHIPPED[name])
    base = Config.fromfile(str(ROOT / f'configs/sefar/_base_/algorithms/{name}.py'))
    cfg = leaf(name, 'synthgym_10p')
    sizes = {key: cfg.model.algorithm[key] for key in NETWORKS if key in cfg.model.algorithm}
    cfg.model.algorithm = base[name].algorithm[recipe].to_dict() | sizes
    cfg.model.algorithm.pop('_delete_', None)
    algorithm = built(cfg)
    if wanted.pop('mixes', False):
        assert algorithm.gamma_mix == algorithm.gamma_un
    found = dict(algorithm.__dict__, ramp=algorithm.warmup.ramp)
    if 'threshold' in wanted:
        found['threshold'] = algorithm.pseudo_labels.threshold
    if 'compare' in wanted:
        found['compare'] = algorithm.mix_loss.compare
    for key, value in wanted.items():
        one = value[recipe == 'steps'] if isinstance(value, tuple) else value
        assert found[key] == one, key


@pytest.mark.parametrize('data', ['synthgym_10p', 'mocap_studio_5p'])
@pytest.mark.parametrize('name', SHIPPED)
def test_small_grounds_have_the_recipe_in_steps(name, data):
    base = Config.fromfile(str(ROOT / f'configs/sefar/_base_/algorithms/{name}.py'))
    wanted = base[name].algorithm.steps.to_dict()
    found = leaf(name, data).model.algorithm.to_dict()
    assert {key: found[key] for key in wanted if key != '_delete_'} == {
        key: value for key, value in wanted.items() if key != '_delete_'
    }


def test_cmpls_second_network_is_a_quarter_as_wide():
    networks = built(leaf('cmpl', 'synthgym_10p')).networks
    student, auxiliary = (
        {name: p.shape for name, p in networks[key].named_parameters()}
        for key in ('student', 'auxiliary')
    )
    widths = [
        (shape[0], auxiliary[name][0])
        for name, shape in student.items()
        if 'backbone' in name and len(shape) == 5
    ]
    assert widths and all(wide == 4 * narrow for wide, narrow in widths)


def test_timebalances_teachers_begin_with_a_half_of_tclr_each():
    cfg = leaf('timebalance', 'synthgym_10p')
    gammas = {
        name: built(stage).gammas
        for name, stage in zip(cfg.stages, stages_of(cfg), strict=False)
        if name.endswith('start')
    }
    assert gammas == dict(
        invariant_start=dict(instance=1),
        distinctive_start=dict(local=1, whole=1),
        start=dict(instance=1, local=1, whole=1),
    )


def test_memdpcs_start_sees_each_frame_in_colours_of_its_own():
    start, _ = stages_of(leaf('memdpc', 'synthgym_10p'))
    colours = start.train_dataloader.dataset.unlabelled.pipeline.split.views.weak.strength
    assert (colours.type, colours.brightness) == ('FrameColorJitter', 0.5)
