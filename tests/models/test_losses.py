import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sefar.models import (
    AdaptiveRegulationLoss,
    EveryPrediction,
    FixedThreshold,
    MixLoss,
    ProbabilitySquaredError,
    PseudoLabelCrossEntropy,
)

WORKED = [  # (μ*, σ*) → τ1, τ2, η as printed, η doubled; worked out from Eq. 7 by hand
    (0.9, 0.05, 0.435689, 0.231059, 0.100670, 0.402678),
    (0.99, 0.001, 0.493239, 0.5, 0.246619, 0.986477),
    (0.5, 0.1, 0.255487, 0.122459, 0.031287, 0.125147),
]


@pytest.mark.parametrize(('mu', 'sigma', 'tau1', 'tau2', 'printed', 'doubled'), WORKED)
def test_worked_values(mu, sigma, tau1, tau2, printed, doubled):
    args = torch.tensor([mu]), torch.tensor([sigma]), torch.tensor([0])
    assert AdaptiveRegulationLoss().weigh(*args).item() == pytest.approx(printed, abs=2e-6)
    released = AdaptiveRegulationLoss(scale='released').weigh(*args).item()
    assert released == pytest.approx(doubled, abs=4e-6)
    assert tau1 * tau2 == pytest.approx(printed, abs=2e-6)


def test_eta_grows_with_confidence_and_falls_with_deviation():
    loss = AdaptiveRegulationLoss()
    steps, labels = torch.linspace(0.01, 1, 100), torch.zeros(100).long()
    assert (loss.weigh(steps, torch.full((100,), 0.1), labels).diff() > 0).all()
    assert (loss.weigh(torch.full((100,), 0.9), steps, labels).diff() < 0).all()
    sure, steady = torch.tensor([1.0]), torch.tensor([0.0])
    assert loss.weigh(sure, steady, labels[:1]).item() == pytest.approx(0.25)
    assert loss.max_weight == 0.25
    assert AdaptiveRegulationLoss(scale='released').max_weight == 1.0


def _reference(probs, logits, beta=20.0, eps=1e-9):
    """Eq. 7 and the weighted cross-entropy, clip by clip in float64."""
    total = 0.0
    for b in range(probs.shape[1]):
        mean = [np.mean(probs[:, b, c]) for c in range(probs.shape[2])]
        label = int(np.argmax(mean))
        sigma = math.sqrt(
            sum((p - mean[label]) ** 2 for p in probs[:, b, label]) / (len(probs) - 1)
        )
        tau1 = 1 / (1 + math.exp(math.e - math.exp(mean[label])))
        tau2 = 1 / (1 + math.exp(-1 / (beta * sigma + eps))) - 0.5
        log_norm = math.log(sum(math.exp(v) for v in logits[b]))
        total += tau1 * tau2 * (log_norm - logits[b][label])
    return total / probs.shape[1]


def test_loss_matches_a_float64_reference():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(5), (10, 7))
    logits = rng.normal(size=(7, 5))
    loss = AdaptiveRegulationLoss()
    value = PseudoLabelCrossEntropy()(torch.tensor(logits), loss.label(torch.tensor(probs)))
    assert value.item() == pytest.approx(_reference(probs, logits), rel=1e-5)


def test_regulation_is_float32_under_amp_and_gives_the_teacher_no_gradient():
    probs = torch.rand(10, 4, 3, requires_grad=True)
    logits = torch.randn(4, 3, requires_grad=True)
    loss = AdaptiveRegulationLoss()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        pseudo = loss.label(probs.softmax(-1).bfloat16())
        value = PseudoLabelCrossEntropy()(logits.bfloat16(), pseudo)
    assert pseudo.weights.dtype == pseudo.deviation.dtype == value.dtype == torch.float32
    value.backward()
    assert probs.grad is None and logits.grad.abs().sum() > 0


def test_confident_steady_teacher_reaches_the_upper_bound():
    probs = torch.zeros(10, 1, 3)
    probs[..., 1] = 1
    pseudo = AdaptiveRegulationLoss(scale='released').label(probs)
    assert pseudo.labels.tolist() == [1]
    assert pseudo.weights.item() == pytest.approx(1.0)


def test_fixed_threshold_keeps_confident_clips():
    mean = torch.tensor([[0.96, 0.04], [0.94, 0.06]])
    loss = FixedThreshold(0.95)
    pseudo = loss.label(mean.expand(10, -1, -1))
    assert pseudo.weights.tolist() == [1.0, 0.0]
    logits = torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    expected = F.cross_entropy(logits[:1], torch.tensor([0])) / 2
    assert PseudoLabelCrossEntropy()(logits, pseudo).item() == pytest.approx(expected.item())


@pytest.mark.parametrize(
    'make',
    [
        lambda: AdaptiveRegulationLoss(beta=0),
        lambda: AdaptiveRegulationLoss(scale='double'),
        lambda: AdaptiveRegulationLoss(num_predictions=1),
        lambda: FixedThreshold(1.0),
        lambda: MixLoss('probs'),
    ],
)
def test_arguments_are_checked(make):
    with pytest.raises(ValueError, match='wanted'):
        make()


def test_mix_loss_by_hand():
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25]]))
    target = torch.tensor([[0.2, 0.3, 0.5]])
    weights = torch.tensor([0.6])
    expected = 0.6 * (0.3**2 + 0.05**2 + 0.25**2) / 3
    assert MixLoss()(logits, target, weights).item() == pytest.approx(expected)
    raw = MixLoss('logits')(torch.tensor([[1.0, 0.0, 0.0]]), target, weights)
    assert raw.item() == pytest.approx(0.6 * (0.8**2 + 0.3**2 + 0.5**2) / 3)


def test_squared_error_of_probabilities_by_hand():
    probs = torch.tensor([[[0.2, 0.8], [1.0, 0.0]]])
    pseudo = EveryPrediction().label(probs)
    assert pseudo.weights.tolist() == [1.0, 1.0]
    logits = torch.log(torch.tensor([[0.5, 0.5], [0.75, 0.25]]))
    expected = (2 * 0.3**2 + 2 * 0.25**2) / 4
    assert ProbabilitySquaredError()(logits, pseudo).item() == pytest.approx(expected)
    pseudo.weights = torch.tensor([0.0, 2.0])  # a weight a clip counts
    expected = 2 * (2 * 0.25**2) / 4
    assert ProbabilitySquaredError()(logits, pseudo).item() == pytest.approx(expected)
