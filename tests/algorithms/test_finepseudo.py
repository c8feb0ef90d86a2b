"""FinePseudo: the losses of its aligner and its vote, by hand."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import DATASETS

from sefar.algorithms.alignability import score_loss, steps_of, triplet_loss
from sefar.engine.preflight.pipelines import check_memory
from sefar.models.alignability import phase_distinctiveness, step_cosines
from sefar.models.progress import Progress
from sefar.models.soft_dtw import soft_dtw
from tests.algorithms.staged import build
from tests.algorithms.test_matches import AFTER_WARMUP, data_of, still
from tests.algorithms.test_sefar import batch
from tests.conftest import tiny_config

WARMUP = dict(epochs=2, ramp='constant')


def test_triplets_by_hand():
    distance = torch.tensor([[0.0, 0.5, 0.4], [0.5, 0.0, 0.9], [0.4, 0.9, 0.0]])
    labels = torch.tensor([7, 7, 2])
    # Of clip 0 the other of its class is behind by 0.1, of clip 1 ahead by 0.4; clip 2 has none.
    loss, found = triplet_loss(distance, labels, 0.2)
    assert loss.item() == pytest.approx((0.3 + 0.0) / 2)
    assert found == 0.5
    loss, found = triplet_loss(distance, torch.tensor([0, 1, 2]), 0.2)
    assert loss == 0 and found == 0
    loss, _ = triplet_loss(distance, torch.tensor([3, 3, 3]), 0.2)  # nothing to be nearer than
    assert loss == 0


def test_scores_by_hand():
    logits = torch.tensor([[9.0, 1.0, -2.0], [0.5, 9.0, 3.0], [-1.0, 2.0, 9.0]])
    labels = torch.tensor([0, 0, 1])

    def softplus(x):
        return math.log1p(math.exp(x))

    same = (softplus(-1.0) + softplus(-0.5)) / 2
    other = (softplus(-2.0) + softplus(3.0) + softplus(-1.0) + softplus(2.0)) / 4
    loss, right = score_loss(logits, labels)
    assert loss.item() == pytest.approx((same + other) / 2)
    assert right.item() == pytest.approx((1 + 0.5) / 2)


def test_the_stage_by_value():
    torch.manual_seed(0)
    model = still(build('Alignability', margin=0.3, omega=0.5, gamma_phase=0.7, smoothing=0.2))
    data = model.data_preprocessor(batch(labels=(0, 1, 0)), training=True)
    inputs, samples = data['inputs'], data['data_samples']
    losses, _ = model.algorithm.step(inputs, samples, Progress(0, 10))
    student = model.networks['student']
    steps = steps_of(student, inputs['labelled'])
    cosines = step_cosines(steps, steps)
    distance = torch.stack([soft_dtw(1 - row, 0.2) for row in cosines]) / 8
    labels = torch.tensor([0, 1, 0])
    wanted = dict(
        loss_triplet=triplet_loss(distance, labels, 0.3)[0],
        loss_score=0.5 * score_loss(student.alignability(cosines), labels)[0],
        loss_phase=0.7
        * phase_distinctiveness(
            steps_of(student, inputs['weak']), steps_of(student, inputs['strong']), 1.0, 0.1
        )[0],
    )
    assert set(losses) == set(wanted)
    for name, value in wanted.items():
        assert losses[name].item() == pytest.approx(value.item(), rel=1e-4)
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in student.parameters())


def test_the_nearest_clips_of_the_bank_vote():
    model = still(build('FinePseudo', warmup=WARMUP, bank=6, neighbours=2))
    algorithm = model.algorithm
    scores = torch.tensor([[0.0, 2.0, -1.0, 9, 9, 9], [1.0, 1.0, 3.0, 9, 9, 9]])  # 3 are known
    algorithm.remember(torch.zeros(3, 8, 32), torch.tensor([2, 0, 2]))
    model.networks['aligner'].alignability.forward = lambda cosines: scores
    votes = algorithm.vote(torch.zeros(2, 8, 32))
    s = torch.sigmoid
    first = s(scores[0, 1]) / (s(scores[0, 1]) + s(scores[0, 0]))
    # Classes 0 and 2 of clip 0; clip 1 has a draw between clips 0 and 1 for the second voice.
    assert votes[0].tolist() == pytest.approx([first.item(), 0, 1 - first.item(), 0])
    assert votes[1, 2] >= s(scores[1, 2]) / (s(scores[1, 2]) + s(scores[1, 0]))
    torch.testing.assert_close(votes.sum(1), torch.ones(2))


def test_the_bank_keeps_the_latest():
    algorithm = build('FinePseudo', warmup=WARMUP, bank=5, neighbours=1).algorithm
    for start in range(0, 9, 3):
        labels = torch.arange(start, start + 3)
        steps = labels.float().view(3, 1, 1).expand(3, 8, 32)
        algorithm.remember(steps, labels)
    assert algorithm.bank_labels.tolist() == [5, 6, 7, 8, 4]
    assert algorithm.bank_steps[:, 0, 0].tolist() == [5, 6, 7, 8, 4]
    assert algorithm.bank_place == 4
    algorithm.remember(torch.zeros(7, 8, 32), torch.arange(20, 27))  # more than it holds
    assert sorted(algorithm.bank_labels.tolist()) == [22, 23, 24, 25, 26]


def test_a_bank_that_cannot_hold_the_labelled_clips_is_warned_of(clips, tmp_path):
    dataset = DATASETS.build(tiny_config(clips, tmp_path).train_dataloader.dataset)
    number = len(dataset.labelled)
    assert not check_memory(build('FinePseudo', bank=number).algorithm, dataset)
    (said,) = check_memory(build('FinePseudo', bank=number - 1).algorithm, dataset)
    assert said.startswith(f'model.algorithm.bank={number - 1}: FinePseudo looks back on so many')
    assert f' of {number} labelled clips' in said and f'; set {2 * number}, ' in said


def test_labels_are_made_together():
    torch.manual_seed(0)
    threshold = dict(type='FixedThreshold', threshold=0.3)
    model = still(build('FinePseudo', warmup=WARMUP, neighbours=1, pseudo_labels=threshold))
    inputs, samples = data_of(model)
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    student, aligner = model.networks['student'], model.networks['aligner']
    assert model.algorithm.bank_labels[:2].tolist() == [0, 1]
    bank, clips = (steps_of(aligner, inputs[view]) for view in ('labelled', 'weak'))
    nearest = aligner.alignability(step_cosines(clips, bank)).argmax(1)
    vote = F.one_hot(torch.tensor([0, 1])[nearest], 4)
    together = (student(inputs['weak'], stage='head').softmax(1) + vote) / 2
    confidence, labels = together.max(1)
    each = F.cross_entropy(student(inputs['strong'], stage='head'), labels, reduction='none')
    wanted = ((confidence >= 0.3) * each).mean()
    assert losses['loss_un'].item() == pytest.approx(wanted.item(), rel=1e-5)
    assert log['mu'].item() == pytest.approx(confidence.mean().item(), rel=1e-5)
    assert model.algorithm.reported == ('student',)


@pytest.mark.parametrize(
    ('name', 'wrong'),
    [
        ('FinePseudo', dict(warmup=WARMUP, neighbours=0)),
        ('FinePseudo', dict(warmup=WARMUP, neighbours=9, bank=8)),
        ('Alignability', dict(smoothing=0)),
        ('Alignability', dict(margin=-1)),
    ],
)
def test_arguments_are_checked(name, wrong):
    with pytest.raises(ValueError, match='wanted'):
        build(name, **wrong)


def test_one_step_of_an_alignment_is_its_cost():
    for long, wide in itertools.product((1, 2), repeat=2):
        costs = torch.full((1, long, wide), 0.5)
        assert soft_dtw(costs, 1e-3).item() == pytest.approx(0.5 * max(long, wide), abs=2e-3)


def test_the_triplet_draws_and_pushes():
    """Anchor 0: clip 1, of its class, is 0.5 away; clip 2, of another, 0.4; the margin is 0.2."""
    distance = torch.tensor([[0.0, 0.5, 0.4], [0.5, 0.0, 0.9], [0.4, 0.9, 0.0]], requires_grad=True)
    triplet_loss(distance, torch.tensor([7, 7, 2]), 0.2)[0].backward()
    assert distance.grad.tolist() == [[0, 0.5, -0.5], [0, 0, 0], [0, 0, 0]]


def test_the_bank_is_kept_from_the_first_step_on():
    model = build('FinePseudo', warmup=dict(epochs=2))
    names = {f'algorithm.bank_{name}' for name in ('steps', 'labels', 'place')}
    assert names <= model.state_dict().keys()
    model.algorithm.step(*data_of(model), Progress(0, 10))  # in the warm-up
    assert model.algorithm.bank_labels[:3].tolist() == [0, 1, -1]
    assert model.algorithm.bank_steps[:2].any()
