"""What unlabelled clips may do: count by ξ and γ_un, and leave the batch norms alone."""

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS

from sefar.algorithms import PseudoLabelling
from sefar.benchmarks.timing import Stopwatch
from tests.algorithms import staged
from tests.algorithms.staged import CNN, LOW
from tests.algorithms.test_cmpl import NARROW
from tests.algorithms.test_ltg import BLOCK
from tests.algorithms.test_matches import AFTER_WARMUP, data_of, still, tell_apart
from tests.algorithms.test_sefar import NETWORK

OPTIONS = {
    'FixMatch': LOW,
    'FreeMatch': {},
    'SoftMatch': {},
    'AdaMatch': {},
    'ActorCutMix': dict(LOW, probability=1.0),  # of its own loss; else it is FixMatch
    'TACL': {},
    'VideoSSL': LOW,
    'MvPL': LOW,
    'CMPL': dict(LOW, auxiliary=NARROW),
    'LTG': dict(LOW, blocks=[BLOCK], block_channels=-1),
    'Learn2Augment': LOW,
    'FinePseudo': dict(LOW, neighbours=1, network=CNN),
    'MeanTeacher': {},
    'MeanTeacherDistilled': {},
    'SVFormer': LOW,
    'SeFAR': LOW,
    'SeFARWithComposites': LOW,
    'SeFARWithNeighbours': dict(LOW, neighbours=1, network=CNN),
    'SeFARWithSecondNetwork': dict(LOW, auxiliary=NARROW),
    'SeFARWithGradients': dict(LOW, blocks=[BLOCK], block_channels=-1),
    'SeFARWithMotion': LOW,
}
LABELLED = ('loss_sup', 'loss_image', 'loss_soft', 'loss_comp', 'loss_select', '_labelled')
"""Ends of the names of labelled clips' losses."""


def test_no_method_is_left_out():
    def kinds(of):
        return {of, *(kind for sub in of.__subclasses__() for kind in kinds(sub))}

    shipped = {k.__name__ for k in kinds(PseudoLabelling) if k.__module__.startswith('sefar.')}
    assert {name for name in shipped if MODELS.get(name)} == set(OPTIONS)


def begun(name, **options):
    """A model and a batch with all the views that it wants."""
    torch.manual_seed(3)
    warmup = dict(epochs=2, ramp='constant')
    model = staged.build(name, **{'network': NETWORK, 'warmup': warmup, **options})
    inputs, samples = data_of(model)
    for view in model.algorithm.labelled_views:
        inputs.setdefault(view, torch.randn_like(inputs['labelled']))
    for view in model.algorithm.views:
        inputs.setdefault(view, torch.randn_like(inputs['strong']))
    return model, inputs, samples


def losses_of(name, xi=1.0, **options):
    model, inputs, samples = begun(name, **options)
    still(model).algorithm.unlabelled_weight = lambda progress: xi
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    return {key: value.item() for key, value in losses.items()}


LOOK_AT = dict(
    student='labelled', labels_alone='labelled', auxiliary='labelled', gradient='labelled_gradient'
)
"""Labelled clips that a network learns from."""


def running_statistics(networks):
    return {
        f'{name}.{key}': value
        for name, network in networks.items()
        for key, value in network.named_buffers()
        if 'running' in key
    }


@pytest.mark.parametrize('name', OPTIONS)
@pytest.mark.parametrize('weight', ['xi', 'gamma_un'])
def test_a_quarter_of_a_weight_gives_a_quarter_of_its_losses(name, weight):
    whole = losses_of(name, **OPTIONS[name], gamma_un=1.0)
    part = losses_of(name, **OPTIONS[name], **{'gamma_un': 1.0, weight: 0.25})
    unlabelled = {key for key in whole if not key.endswith(LABELLED)}
    of_weight = unlabelled if weight == 'xi' else {k for k in unlabelled if k.endswith('loss_un')}
    assert of_weight and all(whole[key] for key in of_weight)
    for key, value in whole.items():
        wanted = value / 4 if key in of_weight else value
        assert part[key] == pytest.approx(wanted, rel=1e-5), key


@pytest.mark.parametrize('name', OPTIONS)
def test_unlabelled_clips_leave_the_running_statistics(name):
    """They are those of labelled clips, which testing looks like; distorted ones do not."""
    options = dict(OPTIONS[name], network=CNN)
    if name in ('CMPL', 'SeFARWithSecondNetwork'):
        options['auxiliary'] = dict(backbone=dict(backbone=dict(base_channels=4)))
    if name in ('LTG', 'SeFARWithGradients'):
        options |= dict(blocks=['backbone.backbone.layer1'], block_channels=1)
    found = []
    for labelled_alone in (True, False):
        model, inputs, samples = begun(name, **options)
        model.train()
        trained = {key: network for key, network in model.networks.items() if key in LOOK_AT}
        if labelled_alone:
            for key, network in trained.items():
                network(inputs[LOOK_AT[key]], stage='neck')
        else:
            model.algorithm.step(inputs, samples, AFTER_WARMUP)
        found.append(running_statistics(trained))
    assert set(model.algorithm.trained) - {'image'} <= set(trained)  # it looks at single frames
    assert any(value.any() for key, value in found[0].items() if 'mean' in key)
    for key, value in found[0].items():
        assert value.equal(found[1][key]), key


@pytest.mark.parametrize(
    ('name', 'view'), [('TCLR', 'strong'), ('Alignability', 'strong'), ('TimeBalance', 'weak')]
)
def test_a_stage_leaves_the_running_statistics_to_other_views(name, view):
    found = []
    for scale in (1, 9):
        torch.manual_seed(3)
        model = staged.build(name).train()
        inputs, samples = data_of(model)
        inputs[view] = inputs[view] * scale
        model.algorithm.step(inputs, samples, AFTER_WARMUP)
        found.append(running_statistics(model.networks))
    assert any(value.any() for key, value in found[0].items() if 'mean' in key)
    for key, value in found[0].items():
        assert value.equal(found[1][key]), key


@pytest.mark.parametrize('name', OPTIONS)
def test_networks_that_are_not_trained_take_no_gradient(name):
    model, _, _ = begun(name, **OPTIONS[name])
    for key, network in model.networks.items():
        takes = {parameter.requires_grad for parameter in network.parameters()}
        assert takes == {key in model.algorithm.trained}, key


def labelled_strong_view(name, mirrored):
    """What a rule says of the weak view, as it holds on a strong view that is mirrored or not."""
    model, inputs, samples = begun(name, **OPTIONS[name], flip_label_map={0: 1, 1: 0})
    for key, network in model.networks.items():
        if key != 'image':  # it looks at single frames
            tell_apart(network, inputs['weak_gradient' if key == 'gradient' else 'weak'])
    for sample in samples['unlabelled']:
        sample.set_metainfo(dict(flipped=dict(weak=False, strong=mirrored), reversed={}))
    rule, seen = model.algorithm.pseudo_labels, []
    label = rule.label

    def kept(*said):
        seen.append(label(*said).probs)
        return label(*said)

    rule.label = kept
    still(model).algorithm.step(inputs, samples, AFTER_WARMUP)
    return seen[0]


@pytest.mark.parametrize('name', OPTIONS)
def test_labels_of_the_weak_view_are_carried_to_a_mirrored_strong_one(name):
    """What a mirror exchanges on the strong view is exchanged in the labels of every method."""
    plain, mirrored = (labelled_strong_view(name, mirrored) for mirrored in (False, True))
    # AdaMatch aligns with the classes that it has seen, exchanged or not.
    torch.testing.assert_close(mirrored, plain[:, [1, 0, 2, 3]], atol=1e-3, rtol=0)
    assert (plain[:, 0] - plain[:, 1]).abs().max() > 0.05


@pytest.mark.parametrize('name', OPTIONS)
def test_casts_that_autocast_keeps_from_labelling_cost_no_gradient(name, monkeypatch):
    """Until torch 2.11 it keeps casts of weights without a gradient: plainly done here."""
    kept = {}

    def keeping(function):
        def call(inputs, weight, *args, **kwargs):
            cast = kept.setdefault(id(weight), weight * 1)
            return function(inputs, cast, *args, **kwargs)

        return call

    for function in ('linear', 'conv2d', 'conv3d'):
        monkeypatch.setattr(F, function, keeping(getattr(F, function)))
    monkeypatch.setattr(torch, 'clear_autocast_cache', kept.clear)
    model, inputs, samples = begun(name, **OPTIONS[name])
    kept.clear()
    with torch.autocast('cpu', enabled=False):  # around a step: what is inside clears nothing
        step = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    sum(step.losses.values()).backward()
    for network in model.algorithm.trained:
        for key, parameter in model.networks[network].named_parameters():
            assert not parameter.requires_grad or parameter.grad is not None, (network, key)


@pytest.mark.parametrize('name', OPTIONS)
def test_parts_of_a_step_are_timed(name):
    """`benchmark.py step` shows what labels, what mixes and what learns of every method."""
    model, inputs, samples = begun(name, **OPTIONS[name])
    algorithm, watch = model.algorithm, Stopwatch()
    for method, part in algorithm.timed.items():
        watch.wrap(algorithm, method, part)
    still(model).algorithm.step(inputs, samples, AFTER_WARMUP)
    assert {'labelled forward', 'pseudo labels'} <= set(watch.seconds)
    assert ('mixed forward' in watch.seconds) == hasattr(algorithm, 'mix')
