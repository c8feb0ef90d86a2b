"""Batch norms of zoo backbones keep statistics for each element length."""

import pytest
import torch
from mmengine.model import convert_sync_batchnorm, revert_sync_batchnorm
from torch.nn.modules.batchnorm import _BatchNorm

from sefar.models import EMATeacher, PerElementBackbone
from sefar.models.modes import frozen_statistics


def backbone():
    return PerElementBackbone(
        dict(type='ResNet3d', depth=18, pretrained=None, pretrained2d=False, base_channels=4)
    )


def norms_of(model):
    return [module for module in model.modules() if isinstance(module, _BatchNorm)]


def test_each_length_has_the_statistics_of_its_own_elements():
    model = backbone().train()
    norm = norms_of(model)[0]
    for n in norms_of(model):
        n.momentum = 1.0  # the statistics of the last batch alone
    x = torch.randn(3, 3, 8, 32, 32)
    seen = []
    norm.register_forward_pre_hook(lambda _, args: seen.append(args[0].mean((0, 2, 3, 4))))
    model(x)
    short, long = seen  # elements of 2 frames in one pass, then the context of 4
    torch.testing.assert_close(norm.running_mean_2, short)
    torch.testing.assert_close(norm.running_mean, long)
    assert (short - long).abs().max() > 0


@pytest.mark.parametrize('sync', [True, False])
def test_norms_that_mmengine_puts_in_their_place_keep_them_too(sync):
    model = convert_sync_batchnorm(backbone(), 'torch').train()
    model = model if sync else revert_sync_batchnorm(model)
    state = model.state_dict()
    assert state.keys() == backbone().state_dict().keys()
    model.load_state_dict(state)
    if sync:  # runs on GPUs alone
        return
    model(torch.randn(3, 3, 8, 32, 32))
    norm = norms_of(model)[0]
    assert not norm.running_mean.equal(norm.running_mean_2)
    evaluated = model.eval()(torch.randn(1, 3, 8, 32, 32))
    assert evaluated.isfinite().all()


def test_evaluation_uses_them():
    model = backbone().eval()
    x = torch.randn(1, 3, 8, 32, 32)
    before = model(x)
    norms_of(model)[0].running_mean_2.add_(3.0)
    after = model(x)
    torch.testing.assert_close(after[:, 2], before[:, 2])
    assert (after[:, :2] - before[:, :2]).abs().max() > 1e-4


def test_zoo_checkpoints_load_and_reach_every_length():
    model = backbone()
    norm = norms_of(model)[0]
    zoo = {k: v for k, v in model.backbone.state_dict().items() if not k.endswith('_2')}
    assert 'conv1.bn.running_mean' in zoo
    norm.running_mean.fill_(5.0)
    model.init_weights()  # after a pretrained checkpoint filled the norm's own buffers
    assert norm.running_mean_2.tolist() == pytest.approx(norm.running_mean.tolist())


def test_statistics_travel_with_the_teacher():
    student, teacher = backbone().train(), backbone().eval()
    student(torch.randn(2, 3, 8, 32, 32))
    EMATeacher(1.0).move(student, teacher)
    for name, value in student.state_dict().items():
        torch.testing.assert_close(teacher.state_dict()[name], value)


def test_one_length_needs_no_second_set():
    model = PerElementBackbone(
        dict(type='ResNet3d', depth=18, pretrained=None, base_channels=4), elements=(2, 2)
    )
    assert model.other_lengths == []
    assert not any('running_mean_' in name for name in model.state_dict())


def test_distorted_clips_leave_the_running_statistics_alone():
    model = backbone().train()
    x = torch.randn(3, 3, 8, 32, 32)
    before = {k: v.clone() for k, v in model.state_dict().items() if 'running' in k}
    with frozen_statistics(model):
        inside = model(x)
    state = model.state_dict()
    assert all(torch.equal(state[key], value) for key, value in before.items())
    torch.testing.assert_close(model(x), inside)  # normalised by the batch both times
    assert any(not torch.equal(state[key], value) for key, value in before.items())
