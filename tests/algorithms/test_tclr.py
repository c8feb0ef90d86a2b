"""TCLR: its three terms by hand, and what each pulls together."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.runner import Runner

from sefar.engine import PreflightError
from sefar.models.moments import encode_parts, encode_steps
from sefar.models.progress import Progress
from tests.algorithms.staged import build
from tests.algorithms.test_matches import data_of, still
from tests.conftest import tiny_config

T = 0.5


def circle(angles):
    angles = torch.tensor(angles)
    return torch.stack([angles.cos(), angles.sin()], dim=-1)


A = [[0.0, 1.0, 2.0, 3.0], [0.5, 2.5, 4.0, 5.5]]  # two clips of four moments
B = [[0.1, 1.3, 2.2, 2.7], [0.4, 2.9, 4.1, 5.0]]


def cross_entropy(anchor, partner, others):
    """Of angles: -log of the partner's share of e^(cos / T)."""
    logits = [math.cos(anchor - x) / T for x in (partner, *others)]
    return math.log(sum(map(math.exp, logits))) - logits[0]


def of_pairs(groups):
    """Mean over groups of pairs, from either side; all else in the group repels."""
    found = []
    for group in groups:
        for i, pair in enumerate(group):
            rest = [x for j, other in enumerate(group) if j != i for x in other]
            found += [cross_entropy(pair[0], pair[1], rest), cross_entropy(*pair[::-1], rest)]
    return sum(found) / len(found)


@pytest.fixture
def algorithm():
    return build('TCLR', temperature=T).algorithm


def test_instances_are_told_by_another_moment(algorithm):
    groups = [[(A[i][p], B[i][(p + 2) % 4]) for i in range(2)] for p in range(4)]
    loss, right = algorithm.instance_contrast(circle(A), circle(B))
    assert loss.item() == pytest.approx(of_pairs(groups), rel=1e-5)
    assert 0 <= right <= 1


def test_moments_repel_inside_a_clip(algorithm):
    groups = [list(zip(A[i], B[i], strict=True)) for i in range(2)]
    loss, right = algorithm.local_contrast(circle(A), circle(B))
    assert loss.item() == pytest.approx(of_pairs(groups), rel=1e-5)
    assert right == 1


def test_a_moment_finds_its_step_of_the_whole(algorithm):
    found = []
    for i, p in itertools.product(range(2), range(4)):
        found.append(cross_entropy(A[i][p], B[i][p], [B[i][q] for q in range(4) if q != p]))
        found.append(cross_entropy(B[i][p], A[i][p], [A[i][q] for q in range(4) if q != p]))
    loss, right = algorithm.whole_contrast(circle(A), circle(B))
    assert loss.item() == pytest.approx(sum(found) / len(found), rel=1e-5)
    assert right == 1


def test_a_step_trains_backbone_and_projectors_and_counts_by_its_weights():
    torch.manual_seed(0)
    model = build('TCLR', gamma_instance=0.5, gamma_local=2.0, gamma_global=3.0).train()
    inputs, samples = data_of(model)
    state = {k: v.clone() for k, v in model.state_dict().items()}
    weighted, log = model.algorithm.step(inputs, samples, Progress(0, 10))
    sum(weighted.values()).backward()
    model.load_state_dict(state)
    model.algorithm.gammas = dict.fromkeys(model.algorithm.gammas, 1.0)
    plain, _ = model.algorithm.step(inputs, samples, Progress(0, 10))
    for name, gamma in (('instance', 0.5), ('local', 2.0), ('whole', 3.0)):
        wanted = gamma * plain[f'loss_{name}'].item()
        assert weighted[f'loss_{name}'].item() == pytest.approx(wanted, rel=1e-5)
    assert set(log) == {'instance_told_apart', 'local_told_apart', 'whole_told_apart'}
    # Ranks wait for every gradient, the head's too, which is 0.
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
    assert all((p.grad == 0).all() for p in model.networks['student'].cls_head.parameters())


def test_a_step_compares_parts_of_both_views_and_the_whole_of_the_strong_one():
    torch.manual_seed(0)
    model = still(build('TCLR', temperature=T))
    inputs, samples = data_of(model)
    losses, _ = model.algorithm.step(inputs, samples, Progress(0, 10))
    algorithm, student = model.algorithm, model.networks['student']
    weak, strong = (encode_parts(student, inputs[v], 4).mean((3, 4)) for v in ('weak', 'strong'))
    whole = encode_steps(student, inputs['strong'], 4)

    def unit(name, feats):
        return F.normalize(algorithm.projectors[name](feats), dim=2)

    wanted = dict(
        loss_instance=algorithm.instance_contrast(unit('instance', weak), unit('instance', strong)),
        loss_local=algorithm.local_contrast(unit('local', weak), unit('local', strong)),
        loss_whole=algorithm.whole_contrast(unit('whole', weak), unit('whole', whole)),
    )
    assert set(losses) == set(wanted)
    for name, (loss, _) in wanted.items():
        assert losses[name].item() == pytest.approx(loss.item(), rel=1e-5)


def test_only_what_is_asked_for_is_computed():
    model = build('TCLR', gamma_local=0.0, gamma_global=0.0)
    losses, _ = model.algorithm.step(*data_of(model), Progress(0, 10))
    assert set(losses) == {'loss_instance'}
    assert set(model.algorithm.projectors) == {'instance'}


def test_it_learns_the_order_of_time():
    """Brightness says when: after some steps, moments find themselves."""
    torch.manual_seed(0)
    model = build('TCLR', gamma_instance=0.0).train()
    when = torch.tensor([1, 5, 3, 7, 0, 2, 4, 6]) / 4 - 1.0
    clips = when.view(1, 1, 1, 8, 1, 1) + 0.1 * torch.randn(6, 1, 3, 8, 32, 32)
    views = dict(weak=clips, strong=clips + 0.1 * torch.randn_like(clips))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(30):
        losses, log = model.algorithm.step(views, {}, Progress(0, 10))
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    assert log['local_told_apart'] > 0.9 and log['whole_told_apart'] > 0.9


@pytest.mark.parametrize(
    'wrong',
    [
        dict(temperature=0),
        dict(gamma_local=-1),
        dict(gamma_instance=0, gamma_local=0, gamma_global=0),
        dict(channels=0),
        dict(parts=3),
    ],
)
def test_arguments_are_checked(wrong):
    with pytest.raises(ValueError, match='wanted'):
        build('TCLR', **wrong)


def test_a_view_that_is_perturbed_in_time_stops_the_run(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path)
    cfg.model.algorithm = dict(type='TCLR')
    cfg.update(val_cfg=None, val_dataloader=None, val_evaluator=None)
    said = "TCLR looks at when in a clip, but TemporalReverseElements perturbs .* 'strong'; empty"
    with pytest.raises(PreflightError, match=said):
        Runner.from_cfg(cfg).train()
