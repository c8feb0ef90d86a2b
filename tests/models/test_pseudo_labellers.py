"""Weights and alignment, each against its formula worked out step by step in float64."""

import importlib

import numpy as np
import pytest
import torch
from torch import nn

from sefar.models.pseudo_labels import (
    AdaptiveRegulationLoss,
    CurriculumThreshold,
    DistributionAlignment,
    FixedThreshold,
    RelativeThreshold,
    SelfAdaptiveThreshold,
    TruncatedGaussian,
)

CLASSES = 4


class Network(nn.Module):
    """What a labeller asks of a network when it makes room."""

    def __init__(self):
        super().__init__()
        self.cls_head = nn.Dropout(0.5)
        self.cls_head.num_classes = CLASSES


def bound(labeller):
    labeller.bind(Network())
    return labeller


def batches(number=5, size=6, seed=0, predictions=1):
    rng = np.random.default_rng(seed)
    return [rng.dirichlet(np.ones(CLASSES) / 2, (predictions, size)) for _ in range(number)]


@pytest.mark.parametrize(
    ('weights', 'found'), [(torch.ones(6, 1), r'\(6, 1\)'), (1.0, 'float'), (None, 'NoneType')]
)
def test_weights_that_are_none_a_clip_are_refused(weights, found):
    """(B, 1) times (B, ) is (B, B): every clip would count by the mean."""
    rule = FixedThreshold(0.5)
    rule.weigh = lambda *said: weights
    with pytest.raises(ValueError, match=rf'FixedThreshold.weigh gave {found}; wanted \(6,\)'):
        rule.label(torch.tensor(batches(1)[0]))


def test_self_adaptive_threshold_follows_its_formula():
    labeller = bound(SelfAdaptiveThreshold(momentum=0.9))
    level, mean, share = 1 / CLASSES, np.full(CLASSES, 0.25), np.full(CLASSES, 0.25)
    for probs in batches(20, 40):
        found = labeller.label(torch.tensor(probs))
        confidence, labels = probs[0].max(1), probs[0].argmax(1)
        level = 0.9 * level + 0.1 * confidence.mean()
        mean = 0.9 * mean + 0.1 * probs[0].mean(0)
        share = 0.9 * share + 0.1 * np.bincount(labels, minlength=CLASSES) / len(labels)
        kept = confidence >= level * (mean / mean.max())[labels]
        assert found.weights.tolist() == kept.astype(float).tolist()
    assert labeller.level.item() == pytest.approx(level, rel=1e-6)
    np.testing.assert_allclose(labeller.class_mean, mean, rtol=1e-6)
    np.testing.assert_allclose(labeller.label_share, share, rtol=1e-6)
    assert 0 < kept.mean() < 1  # the last batch shows both sides


def test_truncated_gaussian_follows_its_formula():
    labeller = bound(TruncatedGaussian(momentum=0.9))
    mean, variance = 1 / CLASSES, 1.0
    for probs in batches():
        found = labeller.label(torch.tensor(probs))
        confidence = probs[0].max(1)
        mean = 0.9 * mean + 0.1 * confidence.mean()
        variance = 0.9 * variance + 0.1 * confidence.var(ddof=1)
        expected = np.exp(-(np.minimum(confidence - mean, 0) ** 2) / (2 * variance / 4))
        np.testing.assert_allclose(found.weights, expected, rtol=1e-5)
    assert found.weights.max() == 1 and found.weights.min() < 1
    assert labeller.variance.item() == pytest.approx(variance, rel=1e-5)


def test_relative_threshold_is_a_share_of_the_labelled_confidence():
    labeller = bound(RelativeThreshold(share=0.8))
    labelled = torch.tensor([[0.9, 0.1, 0, 0], [0.3, 0.7, 0, 0]])  # mean confidence 0.8
    probs = torch.tensor([[[0.65, 0.35, 0, 0], [0.63, 0.37, 0, 0]]])  # threshold 0.64
    assert labeller.label(probs, labelled).weights.tolist() == [1, 0]


@pytest.mark.parametrize('target', ['uniform', 'labelled'])
def test_alignment_follows_its_formula(target):
    alignment = DistributionAlignment(target, momentum=0.9)
    alignment.build(CLASSES)
    mean, wanted = np.full(CLASSES, 0.25), np.full(CLASSES, 0.25)
    said = batches(seed=1)
    for probs, labelled in zip(batches(predictions=3), said, strict=True):
        found = alignment(torch.tensor(probs), torch.tensor(labelled[0]))
        mean = 0.9 * mean + 0.1 * probs.mean((0, 1))
        if target == 'labelled':
            wanted = 0.9 * wanted + 0.1 * labelled[0].mean(0)
        expected = probs * (wanted + 1e-6) / (mean + 1e-6)
        np.testing.assert_allclose(found, expected / expected.sum(-1, keepdims=True), rtol=1e-5)


def test_alignment_gives_a_forgotten_class_back():
    """A labeller that leans to class 0 whatever it sees: the aligned labels are balanced again."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, CLASSES, 4000)
    clean = np.full((4000, CLASSES), 0.1) + 0.6 * np.eye(CLASSES)[truth]
    leaning = clean * [8, 1, 1, 1]
    leaning /= leaning.sum(1, keepdims=True)
    assert (leaning.argmax(1) == 0).all()
    labeller = bound(
        AdaptiveRegulationLoss(alignment=dict(type='DistributionAlignment', momentum=0.5))
    )
    for _ in range(20):
        found = labeller.label(torch.tensor(leaning).expand(10, -1, -1))
    assert (found.labels.numpy() == truth).mean() > 0.99
    assert found.deviation.max() < 1e-6  # aligned alike in each of the ten


def test_deviation_is_that_of_the_aligned_predictions():
    labeller = bound(
        AdaptiveRegulationLoss(
            num_predictions=3, alignment=dict(type='DistributionAlignment', momentum=0.0)
        )
    )
    (probs,) = batches(1, predictions=3)
    found = labeller.label(torch.tensor(probs))
    aligned = probs * 0.25 / probs.mean((0, 1))
    aligned /= aligned.sum(-1, keepdims=True)
    labels = aligned.mean(0).argmax(1)
    assert found.labels.tolist() == labels.tolist()
    of_label = aligned[:, np.arange(6), labels]
    np.testing.assert_allclose(found.deviation, of_label.std(0, ddof=1), rtol=1e-3)


def test_nothing_moves_in_evaluation_and_all_is_saved():
    labellers = [
        bound(SelfAdaptiveThreshold(alignment=dict(type='DistributionAlignment'))),
        bound(TruncatedGaussian()),
    ]
    for labeller in labellers:
        for probs in batches(2):
            labeller.label(torch.tensor(probs))
        before = {key: value.clone() for key, value in labeller.state_dict().items()}
        labeller.eval().label(torch.tensor(batches(1, seed=5)[0]))
        after = labeller.state_dict()
        assert before.keys() == after.keys() and len(before) >= 2
        assert all(torch.equal(value, after[key]) for key, value in before.items())


@pytest.mark.parametrize(
    'make',
    [
        lambda: SelfAdaptiveThreshold(momentum=1.0),
        lambda: TruncatedGaussian(n_sigma=0),
        lambda: RelativeThreshold(share=0.0),
        lambda: DistributionAlignment('equal'),
        lambda: DistributionAlignment(momentum=-0.1),
    ],
)
def test_arguments_are_checked(make):
    with pytest.raises(ValueError, match='wanted'):
        make()


def doubled(monkeypatch, name):
    """Two ranks as this one sees them: the mean over both is not its own."""
    module = importlib.import_module(f'sefar.models.pseudo_labels.{name}')
    monkeypatch.setattr(module, 'mean_over_ranks', lambda value: value / 2)


def test_all_statistics_are_over_ranks(monkeypatch):
    probs, said = torch.tensor(batches(1)[0][0]), torch.tensor(batches(1, seed=3)[0][0])
    doubled(monkeypatch, 'self_adaptive_threshold')
    rule = bound(SelfAdaptiveThreshold(momentum=0.0))
    rule.observe(probs, None)
    assert rule.level.item() == pytest.approx(probs.max(1).values.mean().item() / 2)
    np.testing.assert_allclose(rule.class_mean, probs.mean(0) / 2, rtol=1e-6)
    assert rule.label_share.sum().item() == pytest.approx(0.5)
    doubled(monkeypatch, 'relative_threshold')
    rule = bound(RelativeThreshold(share=0.8))
    rule.observe(probs, said)
    assert rule.level.item() == pytest.approx(0.4 * said.max(1).values.mean().item())
    doubled(monkeypatch, 'curriculum_threshold')
    rule = bound(CurriculumThreshold(threshold=0.3, momentum=0.0))
    rule.observe(probs, None)
    assert rule.sure.sum().item() == pytest.approx((probs.max(1).values >= 0.3).float().mean() / 2)
    doubled(monkeypatch, 'distribution_alignment')
    alignment = DistributionAlignment('labelled', momentum=0.0)
    alignment.build(CLASSES)
    alignment(probs[None], said)
    np.testing.assert_allclose(alignment.labelled_mean, said.mean(0) / 2, rtol=1e-6)
    np.testing.assert_allclose(alignment.unlabelled_mean, probs.mean(0) / 2, rtol=1e-6)


def test_rules_see_the_aligned_predictions_and_the_mean_s_confidence():
    """Of several predictions that disagree the mean is less sure than each."""
    rule = bound(
        SelfAdaptiveThreshold(
            momentum=0.0,
            num_predictions=2,
            alignment=dict(type='DistributionAlignment', momentum=0.0),
        )
    )
    probs = torch.tensor([[[0.9, 0.1, 0.0, 0.0]], [[0.2, 0.3, 0.5, 0.0]]], dtype=torch.float64)
    found = rule.label(probs.expand(2, 3, 4))
    aligned = probs * 0.25 / (probs.mean((0, 1)) + 1e-6)
    aligned = (aligned / aligned.sum(-1, keepdim=True)).mean(0)[0]
    assert found.confidence.tolist() == pytest.approx([aligned.max().item()] * 3, rel=1e-4)
    assert rule.level.item() == pytest.approx(aligned.max().item(), rel=1e-4)
    np.testing.assert_allclose(rule.class_mean, aligned, rtol=1e-3)


def test_rules_see_aligned_predictions_where_labels_are_not():
    """Aligned, this prediction is uniform; the running mean begins at 1 / C and stays."""
    alignment = dict(type='DistributionAlignment', labels=False, momentum=1 - 1e-12)
    rule = bound(TruncatedGaussian(momentum=0.5, alignment=alignment))
    rule.alignment.unlabelled_mean.copy_(torch.tensor([0.7, 0.1, 0.1, 0.1]))
    rule.label(torch.tensor([[[0.7, 0.1, 0.1, 0.1]]]))
    assert rule.mean.item() == pytest.approx(0.25, rel=1e-4)
