import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from sefar.models import EMATeacher
from sefar.models.modes import evaluating
from sefar.models.pseudo_labels.monte_carlo import (
    dropout_active,
    dropouts,
    monte_carlo_probs,
    needs_full_passes,
)


def recognizer(backbone_dropout=0.0, **head):
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(
                type='DualLevelTimeSformer', img_size=32, embed_dims=12, num_layers=1, num_heads=2
            ),
            cls_head=dict(
                type='PairwiseFusionHead', num_classes=4, in_channels=12, hidden_channels=8, **head
            ),
        )
    )
    if backbone_dropout:
        model.backbone.norm = nn.Sequential(model.backbone.norm, nn.Dropout(backbone_dropout))
    nn.init.normal_(model.cls_head.fc_cls.weight)
    return model.eval()


def full_passes(model, inputs, times):
    """The paper's way: the whole network U times."""
    with torch.no_grad(), dropout_active(model):
        return torch.stack([model(inputs, stage='head').softmax(-1) for _ in range(times)])


def count_backbone_calls(model):
    calls = []
    model.backbone.register_forward_hook(lambda *_: calls.append(1))
    return calls


def test_one_backbone_pass_gives_what_ten_full_passes_give():
    model, inputs = recognizer(), torch.randn(3, 1, 3, 8, 32, 32)
    torch.manual_seed(7)
    expected = full_passes(model, inputs, 10)
    calls = count_backbone_calls(model)
    torch.manual_seed(7)  # the same dropout masks
    got = monte_carlo_probs(model, inputs, 10)
    assert len(calls) == 1
    assert torch.equal(got, expected)
    assert got.std(0).min() > 0
    torch.testing.assert_close(got.sum(-1), torch.ones(10, 3))


def test_stochastic_backbone_pays_full_passes():
    model, inputs = recognizer(backbone_dropout=0.3), torch.randn(2, 1, 3, 8, 32, 32)
    assert needs_full_passes(model) and not needs_full_passes(recognizer())
    torch.manual_seed(7)
    expected = full_passes(model, inputs, 4)
    calls = count_backbone_calls(model)
    torch.manual_seed(7)
    assert torch.equal(monte_carlo_probs(model, inputs, 4), expected)
    assert len(calls) == 4


def test_only_dropout_is_switched_on_and_it_is_switched_off_again():
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Dropout(0.0)).eval()
    with dropout_active(model):
        assert [m.training for m in model] == [False, True, False]
    assert not any(m.training for m in model)


def test_evaluation_is_switched_on_and_each_part_back_to_its_own_mode():
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5)).train()
    model[0].eval()  # a frozen norm of a network that trains
    with evaluating(model):
        assert not any(m.training for m in model.modules())
    assert [m.training for m in model.modules()] == [True, False, True]


def test_any_mmaction_head_can_repeat():
    model = recognizer()
    model.cls_head = MODELS.build(
        dict(type='I3DHead', num_classes=4, in_channels=12, dropout_ratio=0.5, spatial_type=None)
    )
    model.backbone.register_forward_hook(lambda _, __, out: out.flatten(1)[:, :12])
    got = monte_carlo_probs(model.eval(), torch.randn(2, 1, 3, 8, 32, 32), 5)
    assert got.shape == (5, 2, 4) and got.std(0).min() > 0


def test_ema_moves_by_exactly_the_lerp():
    student = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    teacher = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    student(torch.randn(8, 3))
    before = {k: v.clone().double() for k, v in teacher.state_dict().items()}
    EMATeacher(0.25).move(student, teacher)
    for key, value in teacher.state_dict().items():
        source = student.state_dict()[key].double()
        if value.is_floating_point():
            expected = 0.25 * source + 0.75 * before[key]
            torch.testing.assert_close(value.double(), expected, atol=1e-7, rtol=1e-6)
        else:
            assert value == source == 1  # num_batches_tracked


def test_copy_is_exact_and_independent():
    student, teacher = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    student(torch.randn(8, 3))
    EMATeacher().start(student, teacher)
    assert all(torch.equal(v, teacher.state_dict()[k]) for k, v in student.state_dict().items())
    with torch.no_grad():
        student.weight.add_(1)
    assert teacher.weight.tolist() == pytest.approx([1, 1, 1])


def test_omega_follows_from_a_share_of_the_run():
    assert EMATeacher(span=0.02).omega(1000) == pytest.approx(1 / 20)
    assert EMATeacher(span=0.02).omega(10) == 1.0
    assert EMATeacher(momentum=0.3).omega(10) == EMATeacher(momentum=0.3).omega(None) == 0.3
    assert EMATeacher().momentum == 1e-4
    for wrong in (dict(span=0), dict(span=1.5), dict(momentum=0.1, span=0.1)):
        with pytest.raises(ValueError, match='wanted ω'):
            EMATeacher(**wrong)


def test_attention_that_drops_is_dropout():
    for rate, found in ((0.1, 1), (0.0, 0)):
        assert len(dropouts(nn.Sequential(nn.MultiheadAttention(4, 2, dropout=rate)))) == found
