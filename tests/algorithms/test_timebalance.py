"""TimeBalance: how its teachers are mixed, by value."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sefar.algorithms.timebalance import likeness
from sefar.models.moments import encode_parts
from sefar.models.progress import Progress
from tests.algorithms.staged import build
from tests.algorithms.test_matches import AFTER_WARMUP, data_of, still
from tests.algorithms.test_unlabelled_weight import running_statistics


def test_likeness_by_hand():
    moments = torch.tensor([[[1.0, 0], [1, 1], [0, 2]], [[1, 0], [-1, 0], [-1, 0]]])
    half = np.sqrt(0.5)
    assert likeness(moments).tolist() == pytest.approx([(half + 0 + half) / 3, 0])  # (-1-1+1)/3


def test_likeness_is_exact_under_autocast():
    torch.manual_seed(0)
    moments = torch.randn(5, 4, 64) + 3
    with torch.autocast('cpu', torch.bfloat16):
        found = likeness(moments)
    assert found.dtype is torch.float32 and found.equal(likeness(moments))


def test_losses_by_value():
    torch.manual_seed(0)
    gammas = dict(labelled=0.3, weak=0.7)
    model = still(build('TimeBalance', gamma_labelled=0.3, gamma_weak=0.7))
    inputs, samples = data_of(model)
    losses, log = model.algorithm.step(inputs, samples, Progress(3, 10))
    networks = model.networks
    for view in ('labelled', 'weak'):
        clips = inputs[view]
        student, invariant, distinctive = (
            networks[name](clips, stage='head').softmax(1).detach().double().numpy()
            for name in ('student', 'invariant', 'distinctive')
        )
        moments = encode_parts(networks['distinctive'], clips, 4).mean((3, 4))
        alike = likeness(moments).detach().double().numpy()
        mixed = alike[:, None] * invariant + (1 - alike[:, None]) * distinctive
        wanted = gammas[view] * ((student - mixed) ** 2).mean()
        assert losses[f'{view}_loss_distil'].item() == pytest.approx(wanted, rel=1e-4)
        assert log[f'{view}_alike'].item() == pytest.approx(alike.mean(), rel=1e-5)
        agree = (invariant.argmax(1) == distinctive.argmax(1)).mean()
        assert log[f'{view}_teachers_agree'].item() == pytest.approx(agree)
    logits = networks['student'](inputs['labelled'], stage='head')
    truth = torch.cat([sample.gt_label for sample in samples['labelled']])
    assert losses['loss_sup'].item() == pytest.approx(F.cross_entropy(logits, truth).item())
    assert build('TimeBalance').algorithm.gammas == dict(labelled=50, weak=100)


def test_the_teachers_stay_as_they_are():
    model = build('TimeBalance').train()
    before = {k: v.clone() for k, v in model.state_dict().items() if not k.startswith('student')}
    losses, _ = model.algorithm.step(*data_of(model), Progress(3, 10))
    sum(losses.values()).backward()
    for name in ('invariant', 'distinctive'):
        assert not model.networks[name].training
        assert all(p.grad is None for p in model.networks[name].parameters())
    after = model.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    assert model.algorithm.reported == ('student', 'invariant', 'distinctive')


def test_the_weight_is_checked():
    with pytest.raises(ValueError, match='gamma_weak=-1: wanted a weight of at least 0'):
        build('TimeBalance', gamma_weak=-1)


def test_running_averages_see_labelled_clips_alone():
    found = []
    for whole in (False, True):
        torch.manual_seed(3)
        model = build('TimeBalance').train()
        inputs, samples = data_of(model)
        student = model.algorithm.student
        if whole:
            model.algorithm.step(inputs, samples, AFTER_WARMUP)
        else:
            student(inputs['labelled'], stage='neck')
        found.append(running_statistics(dict(student=student)))
    assert found[0] and all(value.equal(found[1][key]) for key, value in found[0].items())
