"""LTG: two networks, what draws one to the other, by value."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sefar.models.block_features import block_features, cosine_distance
from sefar.models.temporal_gradient import temporal_gradient
from tests.algorithms.test_matches import AFTER_WARMUP, build, data_of, still

BLOCK = 'backbone.transformer_layers.layers.0'


def ltg(**algorithm):
    torch.manual_seed(0)
    return build('LTG', blocks=[BLOCK], block_channels=-1, **algorithm)


def test_every_loss_by_value():
    gammas = dict(gamma_un=0.7, gamma_dense=0.3, gamma_contrast=0.2)
    threshold = dict(type='FixedThreshold', threshold=0.26)
    model = still(ltg(pseudo_labels=threshold, temperature=0.4, **gammas))
    inputs, samples = data_of(model)
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    truth = torch.cat([s.gt_label for s in samples['labelled']])
    labels, features, blocks = [], [], []
    for name, prefix in (('student', ''), ('gradient', 'gradient_')):
        network = model.algorithm.networks[name]
        see = (lambda x: x) if name == 'student' else lambda x: temporal_gradient(x, (2, 2, 4))
        sup = F.cross_entropy(network(see(inputs['labelled']), stage='head'), truth)
        assert losses[f'{name}_loss_sup'].item() == pytest.approx(sup.item(), rel=1e-5)
        confidence, label = network(see(inputs['weak']), stage='head').softmax(1).max(1)
        with block_features(network, [BLOCK]) as found:
            strong = network(see(inputs['strong']), stage='head')
        each = F.cross_entropy(strong, label, reduction='none')
        wanted = 0.7 * ((confidence >= 0.26) * each).mean()
        assert losses[f'{prefix}loss_un'].item() == pytest.approx(wanted.item(), rel=1e-5)
        labels.append(label)
        blocks.append(found)
        features.append(network(see(inputs['strong']), stage='neck').flatten(1))
    assert log['gradient_agrees'] == (labels[0] == labels[1]).float().mean()
    assert len(blocks[0]) == 2  # a transformer's class tokens and its patches
    dense = np.mean([cosine_by_hand(f, g) for f, g in zip(*blocks, strict=True)])
    assert losses['loss_dense'].item() == pytest.approx(0.3 * dense, rel=1e-4)
    projectors = model.algorithm.projectors
    a, b = (
        F.normalize(p(f), dim=1).detach().double().numpy()
        for p, f in zip(projectors, features, strict=True)
    )
    logits = a @ b.T / 0.4
    rows = np.log(np.exp(logits).sum(1)) - np.diag(logits)
    columns = np.log(np.exp(logits).sum(0)) - np.diag(logits)
    wanted = 0.2 * (rows.mean() + columns.mean()) / 2
    assert losses['loss_contrast'].item() == pytest.approx(wanted, rel=1e-4)


def cosine_by_hand(one, other):
    one, other = (x.detach().double().numpy() for x in (one, other))
    dots = (one * other).sum(-1)
    return (1 - dots / (np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1))).mean()


def test_the_gradient_network_is_not_drawn_to_the_student():
    model = still(ltg(gamma_contrast=0))
    losses, _ = model.algorithm.step(*data_of(model), AFTER_WARMUP)
    losses['loss_dense'].backward()
    networks = model.algorithm.networks
    assert all(p.grad is None for p in networks['gradient'].parameters())
    assert any(p.grad is not None for p in networks['student'].parameters())
    assert model.algorithm.reported == ('student',)


def test_the_distance_of_maps_by_hand():
    one = torch.tensor([[[[3.0, 1.0]], [[4.0, 0.0]]]])  # (1, 2, 1, 2): two places, two channels
    other = torch.tensor([[[[4.0, 0.0]], [[3.0, 2.0]]]])
    assert cosine_distance(one, other, 1).item() == pytest.approx(1 - (24 / 25 + 0) / 2)
    tokens = (part[0, :, 0].T[None] for part in (one, other))
    assert cosine_distance(*tokens, -1).item() == pytest.approx(1 - (24 / 25 + 0) / 2)


def test_a_block_that_is_not_there():
    with pytest.raises(ValueError, match="the network has no 'backbone.layer9'"):
        build('LTG', blocks=['backbone.layer9'])
    with pytest.raises(ValueError, match='temperature=0, channels=128: wanted weights'):
        ltg(temperature=0)
