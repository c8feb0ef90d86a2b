"""FreeMatch, SoftMatch, AdaMatch: what is particular to each, in a step of the whole."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.config import Config

from sefar.algorithms.freematch import fairness
from sefar.models.modes import evaluating
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import monte_carlo_probs
from tests.algorithms import staged
from tests.algorithms.test_sefar import NETWORK, batch
from tests.conftest import ROOT

AFTER_WARMUP = Progress(epoch=4, max_epochs=10)


def build(name, **algorithm):
    warmup = dict(epochs=2, ramp='constant')
    return MODELS.build(
        dict(
            type='SemiSupervisedRecognizer',
            recognizer=NETWORK,
            algorithm=dict(type=name, warmup=warmup, **algorithm),
            data_preprocessor=dict(type='SemiSupervisedDataPreprocessor', format_shape='NCTHW'),
        )
    )


def data_of(model):
    data = model.data_preprocessor(batch(hidden=(2, -1, 3, 1, 0)), training=True)
    return data['inputs'], data['data_samples']


def varied(model):
    """A batch whose clips the networks tell apart."""
    inputs, samples = data_of(model)
    for network in model.networks.values():
        tell_apart(network, inputs['weak'])
    return inputs, samples


@torch.no_grad()
def tell_apart(network, clips):
    """Give a random network's head weights under which clips differ in class and confidence."""
    head, training = network.cls_head.fc_cls, network.training
    torch.nn.init.normal_(head.weight, generator=torch.Generator().manual_seed(0))
    head.bias.zero_()
    logits = network.eval()(clips, stage='head')
    network.train(training)
    scale = 1 / logits.std(0).mean()
    head.weight.mul_(scale)
    head.bias.copy_(-scale * logits.mean(0))


def keep_three(rule, probs):
    """Let a rule keep the three surest of five clips, whose labels are not all one."""
    confidence, labels = probs.max(1)
    rule.threshold = confidence.sort().values[2].item() - 1e-6
    assert (confidence >= rule.threshold).sum() == 3 and len(labels.unique()) > 1


def still(model):
    """Switch the network's dropout off, so that passes repeat; labellers go on learning."""
    model.train()
    for network in model.networks.values():
        network.eval()
    return model


def test_fairness_by_hand():
    probs = torch.tensor([[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    kept = torch.tensor([True, True, True, False])
    class_mean, label_share = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.5, 0.25, 0.25])
    mean = np.array([1.3, 1.4, 0.3]) / 3
    ratio = np.array([mean[0] / (2 / 3), mean[1] / (1 / 3), 0.0])  # class 2 is not predicted
    found = ratio / ratio.sum()
    target = np.array([1.0, 1.2, 0.8]) / 3.0
    expected = sum(t * math.log(f + 1e-12) for t, f in zip(target, found, strict=True))
    assert fairness(probs, kept, class_mean, label_share).item() == pytest.approx(
        expected, rel=1e-5
    )
    assert fairness(probs, torch.zeros(4).bool(), class_mean, label_share) == 0


def test_fixmatch_learns_confident_labels_of_the_weak_view():
    model = still(build('FixMatch', gamma_un=0.7))
    inputs, samples = varied(model)
    student, rule = model.algorithm.student, model.algorithm.pseudo_labels
    probs = monte_carlo_probs(student, inputs['weak'], 1)[0]
    keep_three(rule, probs)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    confidence, labels = probs.max(1)
    each = F.cross_entropy(student(inputs['strong'], stage='head'), labels, reduction='none')
    wanted = 0.7 * ((confidence >= rule.threshold) * each).mean()
    assert losses['loss_un'].item() == pytest.approx(wanted.item(), rel=1e-5) and wanted > 0
    truth = torch.cat([sample.gt_label for sample in samples['labelled']])
    wanted = F.cross_entropy(student(inputs['labelled'], stage='head'), truth)
    assert losses['loss_sup'].item() == pytest.approx(wanted.item(), rel=1e-5)


def test_mean_teacher_squares_differences_of_probabilities():
    torch.manual_seed(0)
    model = still(build('MeanTeacher', gamma_un=0.7))
    torch.nn.init.normal_(model.networks['teacher'].cls_head.fc_cls.weight)  # it has moved apart
    inputs, samples = data_of(model)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    student, teacher = (
        model.networks[name](inputs[view], stage='head').softmax(1).detach().double().numpy()
        for name, view in (('student', 'strong'), ('teacher', 'weak'))
    )
    wanted = 0.7 * ((student - teacher) ** 2).mean()
    assert losses['loss_un'].item() == pytest.approx(wanted, rel=1e-4) and wanted > 1e-4


def test_freematch_adds_fairness_to_one_pass_over_the_strong_view():
    model = still(build('FreeMatch', gamma_un=0.7, gamma_fair=0.3))
    inputs, samples = varied(model)
    rule, student = model.algorithm.pseudo_labels, model.algorithm.student
    rule.level.fill_(0.5)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    probs = monte_carlo_probs(student, inputs['weak'], 1)[0]
    confidence, labels = probs.max(1)
    assert rule.level.item() == pytest.approx(0.999 * 0.5 + 0.001 * confidence.mean().item())
    kept = confidence >= rule.level * (rule.class_mean / rule.class_mean.max())[labels]
    assert 0 < kept.sum() < 5 and len(labels.unique()) > 1
    logits = student(inputs['strong'], stage='head')
    each = F.cross_entropy(logits, labels, reduction='none')
    assert losses['loss_un'].item() == pytest.approx(0.7 * (kept * each).mean().item(), rel=1e-5)
    fair = fairness(logits.softmax(1), kept, rule.class_mean, rule.label_share)
    assert losses['loss_fair'].item() == pytest.approx(0.3 * fair.item(), rel=1e-5)


@pytest.mark.parametrize('shipped', [False, True])
def test_softmatch_aligns_confidence_and_not_labels(shipped):
    base = Config.fromfile(str(ROOT / 'configs/sefar/_base_/algorithms/softmatch.py')).softmatch
    options = dict(pseudo_labels=base.algorithm.steps.pseudo_labels) if shipped else {}
    model = still(build('SoftMatch', **options))
    rule = model.algorithm.pseudo_labels
    rule.alignment.unlabelled_mean.copy_(torch.tensor([0.6, 0.2, 0.1, 0.1]))
    rule.alignment.momentum = 1 - 1e-12  # the mean stays
    found = rule.label(torch.tensor([[[0.5, 0.4, 0.06, 0.04]]]))
    aligned = np.array([0.5 / 0.6, 0.4 / 0.2, 0.06 / 0.1, 0.04 / 0.1])
    assert found.labels.item() == 0  # the published method's; aligned it would be 1
    assert found.confidence.item() == pytest.approx((aligned / aligned.sum()).max(), rel=1e-4)
    rule.alignment.labels = True
    assert rule.label(torch.tensor([[[0.5, 0.4, 0.06, 0.04]]])).labels.item() == 1


def test_adamatch_looks_at_the_labelled_clips():
    model = still(build('AdaMatch'))
    inputs, samples = varied(model)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    student, rule = model.algorithm.student, model.algorithm.pseudo_labels
    labelled = monte_carlo_probs(student, inputs['labelled'], 1)[0]
    weak = monte_carlo_probs(student, inputs['weak'], 1)[0]
    target = 0.999 * 0.25 + 0.001 * labelled.mean(0)
    aligned = weak * (target + 1e-6) / (0.999 * 0.25 + 0.001 * weak.mean(0) + 1e-6)
    confidence, labels = (aligned / aligned.sum(1, keepdim=True)).max(1)
    kept = confidence >= 0.9 * labelled.max(1).values.mean()
    assert 0 < kept.sum() < 5 and len(labels.unique()) > 1
    each = F.cross_entropy(student(inputs['strong'], stage='head'), labels, reduction='none')
    assert losses['loss_un'].item() == pytest.approx((kept * each).mean().item(), rel=1e-5)
    assert rule.level.item() == pytest.approx(0.9 * labelled.max(1).values.mean().item(), rel=1e-5)


def test_softmatch_weighs_every_clip():
    model = still(build('SoftMatch'))
    inputs, samples = data_of(model)
    student, rule = model.algorithm.student, model.algorithm.pseudo_labels
    rule.variance.fill_(0.02)  # as after a while: not every weight is nearly 1
    rule.mean.fill_(0.5)
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    weak = monte_carlo_probs(student, inputs['weak'], 1)[0]
    aligned = weak * (0.25 + 1e-6) / (rule.alignment.unlabelled_mean + 1e-6)
    confidence = (aligned / aligned.sum(1, keepdim=True)).max(1).values
    weights = torch.exp(-((confidence - rule.mean).clamp(max=0) ** 2) / (2 * rule.variance / 4))
    assert 0 < weights.min() < 0.9
    each = F.cross_entropy(
        student(inputs['strong'], stage='head'), weak.argmax(1), reduction='none'
    )
    assert losses['loss_un'].item() == pytest.approx((weights * each).mean().item(), rel=1e-4)
    assert log['pseudo_weight'].item() == pytest.approx(weights.mean().item(), rel=1e-5)
    assert rule.alignment.target == 'uniform'


@pytest.mark.parametrize('name', ['FreeMatch', 'SoftMatch', 'AdaMatch'])
def test_what_a_rule_learns_is_in_the_checkpoint(name):
    model = still(build(name))
    model.algorithm.step(*data_of(model), AFTER_WARMUP)
    saved = {key for key in model.state_dict() if key.startswith('algorithm.pseudo_labels.')}
    assert len(saved) >= 3
    other = build(name)
    other.load_state_dict(model.state_dict())
    for key in saved:
        assert torch.equal(other.state_dict()[key], model.state_dict()[key])


def test_fairness_wants_its_running_means():
    with pytest.raises(ValueError, match='wanted a weight of at least 0 and a SelfAdaptive'):
        build('FreeMatch', pseudo_labels=dict(type='FixedThreshold'))


def labels_before_a_step(name, **options):
    """What networks say of the weak view before a step, and what its losses were given."""
    torch.manual_seed(0)
    model = staged.build(name, **staged.LOW, warmup=dict(epochs=2), **options).train()
    inputs, samples = data_of(model)
    wanted, seen = {}, []
    for key, network in model.networks.items():
        with evaluating(network):
            wanted[key] = monte_carlo_probs(network, inputs['weak'], 1)[0]
    loss = model.algorithm.consistency
    forward = loss.forward
    loss.forward = lambda logits, pseudo: seen.append(pseudo.probs) or forward(logits, pseudo)
    model.algorithm.step(inputs, samples, AFTER_WARMUP)
    return wanted, seen


def test_fixmatch_labels_before_it_looks_at_the_labelled_clips():
    wanted, seen = labels_before_a_step('FixMatch')
    torch.testing.assert_close(seen[0], wanted['student'], rtol=1e-6, atol=1e-7)
