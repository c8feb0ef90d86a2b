"""MvPL: three appearances of a clip label and learn together."""

import pytest
import torch
import torch.nn.functional as F

from sefar.algorithms import mvpl
from sefar.algorithms.algorithm import Step
from sefar.models.modes import batch_statistics
from tests.algorithms import staged
from tests.algorithms.test_matches import AFTER_WARMUP, build, keep_three, still, varied


def with_motion(model):
    """A batch whose views have flow and gradient, of noise."""
    inputs, samples = varied(model)
    for view in ('labelled', 'weak', 'strong'):
        for motion in ('flow', 'gradient'):
            inputs[f'{view}_{motion}'] = torch.randn_like(inputs[view])
    return inputs, samples


def test_losses_are_means_over_frames_flow_and_gradient():
    model = still(build('MvPL'))
    inputs, samples = with_motion(model)
    student, rule = model.algorithm.student, model.algorithm.pseudo_labels

    def logits(view):
        three = (view, f'{view}_flow', f'{view}_gradient')
        return torch.stack([student(inputs[name], stage='head') for name in three])

    said = logits('weak').softmax(-1)
    keep_three(rule, said.mean(0))
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    truth = torch.cat([s.gt_label for s in samples['labelled']])
    sup = torch.stack([F.cross_entropy(z, truth) for z in logits('labelled')]).mean()
    assert losses['loss_sup'].item() == pytest.approx(sup.item(), rel=1e-5)
    confidence, labels = said.mean(0).max(1)
    assert not labels.equal(said[0].argmax(1))
    kept = (confidence >= rule.threshold).float()
    each = [kept * F.cross_entropy(z, labels, reduction='none') for z in logits('strong')]
    wanted = torch.stack(each).mean()
    assert losses['loss_un'].item() == pytest.approx(wanted.item(), rel=1e-5)
    agree = (said[1:].argmax(-1) == said[0].argmax(-1)).float().mean()
    assert log['motion_agrees'].item() == pytest.approx(agree.item())


def test_every_appearance_is_predicted_as_often_as_the_rule_wants(monkeypatch):
    model = build('MvPL', pseudo_labels=dict(type='AdaptiveRegulationLoss', num_predictions=3))
    model.train()
    drawn = torch.rand(3, 3, 5, 4).softmax(-1)
    given = iter(drawn)
    monkeypatch.setattr(mvpl, 'monte_carlo_probs', lambda n, c, times: next(given)[:times])
    seen = []

    def learn(inputs, samples, pseudo, xi):
        seen.append(pseudo)
        return Step({}, {})

    monkeypatch.setattr(model.algorithm, 'learn', learn)
    model.algorithm.unlabelled_step(*with_motion(model), AFTER_WARMUP)
    mean = drawn.mean(0)
    labels = mean.mean(0).argmax(1)
    wanted = mean[:, range(5), labels].std(0)
    torch.testing.assert_close(seen[0].deviation, wanted)
    assert (wanted > 0).all()


def test_motion_is_normalised_by_its_batch_and_leaves_the_averages():
    network = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Dropout(0.9)).train()
    x = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    with batch_statistics(network):
        out = network(x)
    assert out.detach() == pytest.approx(torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), abs=1e-4)
    assert (network[0].running_mean == 0).all() and network[1].training


def test_a_rule_that_looks_at_labelled_clips_sees_them():
    model = still(build('MvPL', pseudo_labels=dict(type='RelativeThreshold', share=0.5)))
    inputs, samples = with_motion(model)
    model.algorithm.step(inputs, samples, AFTER_WARMUP)
    said = model.algorithm.student(inputs['labelled'], stage='head').softmax(1)
    wanted = 0.5 * said.max(1).values.mean().item()
    assert model.algorithm.pseudo_labels.level.item() == pytest.approx(wanted, rel=1e-5)


def test_frames_are_predicted_by_running_averages_and_motion_by_its_batch(monkeypatch):
    model = staged.build('MvPL', **staged.LOW, warmup=dict(epochs=2)).train()
    inputs, samples = with_motion(model)
    modes = []
    norm = next(m for m in model.networks['student'].modules() if hasattr(m, 'running_mean'))
    norm.register_forward_hook(lambda module, *_: modes.append(module.training))
    monkeypatch.setattr(model.algorithm, 'learn', lambda *args: Step({}, {}))
    model.algorithm.unlabelled_step(inputs, samples, AFTER_WARMUP)
    assert modes == [False] * 2 + [True] * 4  # of each length of elements
