"""MemDPC: its loss and its prediction by hand."""

import numpy as np
import pytest
import torch

from sefar.algorithms.memdpc import predictive_contrast
from sefar.models.moments import encode_parts
from sefar.models.progress import Progress
from tests.algorithms.staged import build
from tests.algorithms.test_matches import data_of, still


def test_loss_by_hand():
    said, come = torch.randn(2, 3, 2, 5).double(), torch.randn(2, 3, 2, 5).double()
    scores = said.reshape(-1, 5).numpy() @ come.reshape(-1, 5).numpy().T  # all pairs
    each = np.log(np.exp(scores).sum(1)) - np.diag(scores)
    loss, right = predictive_contrast(said, come)
    assert loss.item() == pytest.approx(each.mean())
    assert right.item() == pytest.approx((scores.argmax(1) == np.arange(12)).mean())


def test_predictions_are_mixes_of_the_memory_from_what_was_seen():
    torch.manual_seed(0)
    algorithm = build('MemDPC', parts=4, predicted=2, slots=6).algorithm.double()
    seen = torch.randn(2, 4, 3, 32).double()  # two clips, four parts, three positions
    said = algorithm.predict(seen)
    assert said.shape == (2, 2, 3, 32)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    names = ('weight_ih', 'weight_hh', 'bias_ih', 'bias_hh')
    w, u, b, c = (getattr(algorithm.cell, name).detach().numpy() for name in names)

    def cell(x, h):
        (xr, xz, xn), (hr, hz, hn) = np.split(w @ x + b, 3), np.split(u @ h + c, 3)
        z = sigmoid(xz + hz)
        return (1 - z) * np.tanh(xn + sigmoid(xr + hr) * hn) + z * h

    address, memory = algorithm.address, algorithm.memory.detach().numpy()
    for clip, place in np.ndindex(2, 3):
        state = np.zeros(32)
        for part in range(2):
            state = cell(seen[clip, part, place].numpy(), state)
        for step in range(2):
            logits = address.weight.detach().numpy() @ state + address.bias.detach().numpy()
            share = np.exp(logits) / np.exp(logits).sum()
            np.testing.assert_allclose(
                said[clip, step, place].detach().numpy(), share @ memory, rtol=1e-9
            )
            state = cell(np.maximum(share @ memory, 0), state)
    seen[:, 2:] += 1  # what comes is not looked at
    assert torch.equal(algorithm.predict(seen), said)


def test_a_step_predicts_the_last_parts_over_time_and_place():
    torch.manual_seed(0)
    model = still(build('MemDPC', parts=4, predicted=1, slots=6))
    inputs, samples = data_of(model)
    losses, _ = model.algorithm.step(inputs, samples, Progress(0, 10))
    maps = encode_parts(model.networks['student'], inputs['weak'], 4).detach().double().numpy()
    vectors = maps.mean(3).transpose(0, 1, 3, 2)  # (B, 4, positions, D)
    said = model.algorithm.predict(torch.from_numpy(vectors).float()).detach().double().numpy()
    come = vectors[:, 3:]
    assert said.shape == come.shape
    scores = said.reshape(-1, 32) @ come.reshape(-1, 32).T
    each = np.log(np.exp(scores).sum(1)) - np.diag(scores)
    assert losses['loss_predictive'].item() == pytest.approx(each.mean(), rel=1e-4)


def test_a_step_trains_everything():
    torch.manual_seed(0)
    model = build('MemDPC', slots=16).train()
    losses, log = model.algorithm.step(*data_of(model), Progress(0, 10))
    losses['loss_predictive'].backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
    assert 0 <= log['told_apart'] <= 1


def test_what_comes_is_drawn_to_its_prediction_too():
    torch.manual_seed(0)
    model = build('MemDPC', slots=16).train()
    model.algorithm.predict = lambda seen: torch.randn_like(seen[:, 2:])
    losses, _ = model.algorithm.step(*data_of(model), Progress(0, 10))
    losses['loss_predictive'].backward()
    backbone = model.algorithm.student.backbone
    assert any(p.grad is not None and p.grad.any() for p in backbone.parameters())


def test_it_learns_what_comes():
    torch.manual_seed(0)
    model = build('MemDPC').train()
    when = torch.tensor([1, 5, 3, 7, 0, 2, 4, 6]) / 4 - 1.0
    kind = torch.randn(4, 1, 3, 1, 1, 1)
    clips = kind * (1 + when.view(1, 1, 1, 8, 1, 1)) + 0.05 * torch.randn(4, 1, 3, 8, 32, 32)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    found = []
    for _ in range(60):
        losses, log = model.algorithm.step(dict(weak=clips), {}, Progress(0, 10))
        optimizer.zero_grad()
        losses['loss_predictive'].backward()
        optimizer.step()
        found.append(log['told_apart'])
    assert torch.stack(found[-10:]).mean() > 0.6  # 1/8 by chance, 1/2 without a prediction


@pytest.mark.parametrize('wrong', [dict(predicted=0), dict(predicted=4), dict(slots=0)])
def test_arguments_are_checked(wrong):
    with pytest.raises(ValueError, match='wanted at least'):
        build('MemDPC', **wrong)
