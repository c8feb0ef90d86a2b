"""LTG: two networks, what draws one to the other, by value."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.config import Config

from sefar.models.block_features import block_features, cosine_distance
from sefar.models.progress import Progress
from tests.algorithms.test_matches import AFTER_WARMUP, build, still, tell_apart, varied
from tests.algorithms.test_sefar import NETWORK
from tests.conftest import ROOT

BLOCK = 'backbone.transformer_layers.layers.0'


def ltg(**algorithm):
    torch.manual_seed(0)
    return build('LTG', blocks=[BLOCK], block_channels=-1, **algorithm)


def with_gradient(model):
    """A batch whose views have gradients, of noise."""
    inputs, samples = varied(model)
    for view in ('labelled', 'weak', 'strong'):
        inputs[f'{view}_gradient'] = torch.randn_like(inputs[view])
    tell_apart(model.networks['gradient'], inputs['weak_gradient'])
    return inputs, samples


def test_every_loss_by_value():
    gammas = dict(gamma_un=0.7, gamma_dense=0.3, gamma_contrast=0.2)
    model = still(ltg(temperature=0.4, **gammas))
    inputs, samples = with_gradient(model)
    networks = model.algorithm.networks

    def passes(view, stage):
        """Of both networks: what a stage gives, and the blocks on the way."""
        for name, network in networks.items():
            clips = inputs[view if name == 'student' else f'{view}_gradient']
            with block_features(network, [BLOCK]) as found:
                yield network(clips, stage=stage), found[BLOCK]

    logits = torch.stack([z for z, _ in passes('weak', 'head')]).mean(0)
    confidence, label = logits.softmax(1).max(1)
    threshold = confidence.sort().values[2].item() - 1e-6
    model.algorithm.pseudo_labels.threshold = threshold
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    truth = torch.cat([s.gt_label for s in samples['labelled']])
    for name, (z, _) in zip(networks, passes('labelled', 'head'), strict=True):
        wanted = F.cross_entropy(z, truth).item()
        assert losses[f'{name}_loss_sup'].item() == pytest.approx(wanted, rel=1e-5)
    kept = confidence >= threshold
    assert kept.tolist().count(True) == 3
    for prefix, (z, _) in zip(('', 'gradient_'), passes('strong', 'head'), strict=True):
        wanted = 0.7 * (kept * F.cross_entropy(z, label, reduction='none')).mean().item()
        assert losses[f'{prefix}loss_un'].item() == pytest.approx(wanted, rel=1e-5)
    for view, name in (('labelled', 'loss_dense_labelled'), ('weak', 'loss_dense')):
        ours, theirs = (found for _, found in passes(view, 'neck'))
        assert len(ours) == 2  # a transformer's class tokens and its patches
        dense = np.mean([cosine_by_hand(f, g) for f, g in zip(ours, theirs, strict=True)])
        assert losses[name].item() == pytest.approx(0.3 * dense, rel=1e-4)
    projectors = model.algorithm.projectors
    a, b = (
        F.normalize(projectors[name](feats.flatten(1)), dim=1).detach().double().numpy()
        for name, (feats, _) in zip(networks, passes('weak', 'neck'), strict=True)
    )
    logits = a @ b.T / 0.4
    rows = np.log(np.exp(logits).sum(1)) - np.diag(logits)
    columns = np.log(np.exp(logits).sum(0)) - np.diag(logits)
    wanted = 0.2 * (rows.mean() + columns.mean()) / 2
    assert losses['loss_contrast'].item() == pytest.approx(wanted, rel=1e-4)


def test_weights_are_the_authors_doubled():
    """Theirs: 1/2 for a cross-entropy, 1 for a distance, 1/2 for each way of the contrast."""
    losses = []
    for gammas in ({}, dict(gamma_dense=1.0, gamma_contrast=1.0)):
        model = still(ltg(gamma_un=1.0, **gammas))
        torch.manual_seed(1)
        losses.append(model.algorithm.step(*with_gradient(model), AFTER_WARMUP)[0])
    for name in ('loss_dense', 'loss_dense_labelled', 'loss_contrast'):
        assert losses[0][name].item() == pytest.approx(2 * losses[1][name].item(), rel=1e-5)
    base = Config.fromfile(str(ROOT / 'configs/sefar/_base_/algorithms/ltg.py')).ltg.algorithm
    for numbers in (base.paper, base.steps):
        assert (numbers.gamma_un, numbers.gamma_contrast, numbers.warmup.ramp) == (1, 2, 'constant')


def cosine_by_hand(one, other):
    one, other = (x.detach().double().numpy() for x in (one, other))
    dots = (one * other).sum(-1)
    return (1 - dots / (np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1))).mean()


def test_the_gradient_network_is_not_drawn_to_the_student():
    model = still(ltg(gamma_contrast=0))
    losses, _ = model.algorithm.step(*with_gradient(model), AFTER_WARMUP)
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


def test_blocks_are_summed_and_maps_of_a_block_averaged():
    algorithm = ltg().algorithm
    algorithm.blocks = ['a', 'b']
    one, other = torch.eye(4).view(2, 2, 4)  # clips, tokens, channels
    ours = dict(a=[one, one], b=[one])
    assert algorithm.dense(ours, dict(a=[one, other], b=[other])).item() == pytest.approx(1.5)


def test_no_compiled_backbone():
    config = dict(type='SemiSupervisedRecognizer', recognizer=NETWORK, compile_backbone=dict())
    config['algorithm'] = dict(type='LTG', blocks=[BLOCK], block_channels=-1)
    with pytest.raises(ValueError, match='compile_backbone: LTG looks at what blocks inside'):
        MODELS.build(config)


def test_a_block_that_is_not_there():
    with pytest.raises(ValueError, match="the network has no 'backbone.layer9'"):
        build('LTG', blocks=['backbone.layer9'])
    with pytest.raises(ValueError, match='temperature=0, channels=128: wanted weights'):
        ltg(temperature=0)
    for wrong in (dict(blocks=[]), dict(blocks='layer1'), dict(blocks=[BLOCK], block_channels=7)):
        with pytest.raises(ValueError, match='block_channels=.*: wanted names of submodules'):
            build('LTG', **wrong)


def test_in_the_warm_up_every_weight_has_a_gradient():
    """Which ranks that average gradients wait for."""
    model = ltg().train()
    losses, _ = model.algorithm.step(*with_gradient(model), Progress(0, 10))
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_a_rule_that_looks_at_labelled_clips_sees_both_networks_of_them():
    model = still(ltg(pseudo_labels=dict(type='RelativeThreshold', share=0.5)))
    inputs, samples = with_gradient(model)
    model.algorithm.step(inputs, samples, AFTER_WARMUP)
    views = ('labelled', 'labelled_gradient')
    logs = [
        network(inputs[view], stage='head').log_softmax(1)
        for network, view in zip(model.networks.values(), views, strict=True)
    ]
    wanted = 0.5 * torch.stack(logs).mean(0).softmax(1).amax(1).mean().item()
    assert model.algorithm.pseudo_labels.level.item() == pytest.approx(wanted, rel=1e-5)


def test_the_contrast_teaches_both_networks():
    model = still(ltg())
    losses, _ = model.algorithm.step(*with_gradient(model), AFTER_WARMUP)
    losses['loss_contrast'].backward()
    for network in model.networks.values():
        assert any(p.grad is not None and p.grad.any() for p in network.backbone.parameters())


def test_blocks_are_no_longer_watched_afterwards():
    network = torch.nn.Sequential(torch.nn.Linear(2, 2))
    with block_features(network, ['0']) as found:
        network(torch.zeros(1, 2))
    network(torch.zeros(1, 2))
    assert len(found['0']) == 1 and not network[0]._forward_hooks
