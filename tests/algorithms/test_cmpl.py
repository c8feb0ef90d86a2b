"""CMPL: what each network learns from the other."""

import pytest
import torch
import torch.nn.functional as F

from sefar.algorithms import Evidence
from sefar.algorithms.algorithm import changed
from sefar.models import WarmUp
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import monte_carlo_probs
from tests.algorithms.test_matches import (
    AFTER_WARMUP,
    build,
    data_of,
    keep_three,
    labels_before_a_step,
    still,
    varied,
)
from tests.algorithms.test_sefar import HEAD, NETWORK

NARROW = dict(backbone=dict(embed_dims=6, num_heads=1), cls_head=dict(in_channels=6))


def cmpl(**algorithm):
    return build('CMPL', auxiliary=NARROW, **algorithm)


def test_each_learns_the_others_confident_labels():
    model = still(cmpl(gamma_un=0.7))
    inputs, samples = varied(model)
    networks, rule = model.algorithm.networks, model.algorithm.pseudo_labels
    said = {n: monte_carlo_probs(net, inputs['weak'], 1)[0] for n, net in networks.items()}
    keep_three(rule, said['auxiliary'])
    model.algorithm.pseudo_labels_back.threshold = rule.threshold
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    assert not said['student'].argmax(1).equal(said['auxiliary'].argmax(1))
    for learner, other, prefix in (
        ('student', 'auxiliary', ''),
        ('auxiliary', 'student', 'auxiliary_'),
    ):
        confidence, labels = said[other].max(1)
        logits = networks[learner](inputs['strong'], stage='head')
        each = F.cross_entropy(logits, labels, reduction='none')
        wanted = 0.7 * ((confidence >= rule.threshold) * each).mean()
        assert losses[f'{prefix}loss_un'].item() == pytest.approx(wanted.item(), rel=1e-5)
        labelled = networks[learner](inputs['labelled'], samples['labelled'], mode='loss')
        assert losses[f'{learner}_loss_sup'].item() == pytest.approx(
            labelled['loss_cls'].item(), rel=1e-5
        )
    agree = (said['student'].argmax(1) == said['auxiliary'].argmax(1)).float().mean()
    assert log['networks_agree'] == agree


def test_no_gradient_reaches_the_one_that_labels():
    model = still(cmpl(pseudo_labels=dict(type='FixedThreshold', threshold=0.0)))
    inputs, samples = data_of(model)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    losses['loss_un'].backward()
    networks = model.algorithm.networks
    assert all(p.grad is None for p in networks['auxiliary'].parameters())
    assert any(p.grad is not None for p in networks['student'].parameters())


def test_a_change_can_be_made_twice():
    change = dict(cls_head=dict(HEAD, _delete_=True))
    for _ in range(2):  # `_delete_` is still in it
        network = changed(dict(NETWORK, cls_head=dict(unheard_of=1)), change)
        assert network.cls_head.num_classes == HEAD['num_classes']


def test_the_auxiliary_network_is_the_student_changed():
    model = cmpl()
    student, auxiliary = (model.algorithm.networks[n] for n in ('student', 'auxiliary'))
    widths = [net.backbone.pos_embed.shape[-1] for net in (student, auxiliary)]
    assert widths == [HEAD['in_channels'], 6]
    assert model.algorithm.reported == ('student', 'auxiliary')
    assert model.predict_on == 'student'
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert any(name.startswith('auxiliary.') for name in trained)


def test_held_out_clips_are_asked_of_the_network_that_learns_from_labels():
    algorithm = build('CMPL', auxiliary=NARROW).algorithm
    algorithm.warmup = WarmUp(1, patience=2)
    right = torch.eye(4)
    said = dict(student=right, auxiliary=right[[1, 2, 3, 0]])
    algorithm.judge(Evidence(torch.arange(4), said, None), Progress(0, 10))
    assert algorithm.warmup.best == 1


def test_both_label_before_they_look_at_the_labelled_clips():
    """Whose pass moves the running averages that a label is made with."""
    narrow = dict(backbone=dict(backbone=dict(base_channels=2)), cls_head=dict(in_channels=16))
    wanted, seen = labels_before_a_step('CMPL', auxiliary=narrow)
    torch.testing.assert_close(seen[0], wanted['auxiliary'], rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(seen[1], wanted['student'], rtol=1e-6, atol=1e-7)
