"""The fast paths against the plain ones: MMAction2's TimeSformer, element by element, U passes."""

import pytest
import torch

from sefar.benchmarks.released_loop import PlainTimeSformer, ReleasedLoop
from sefar.benchmarks.step import TimedStep
from sefar.models import DualLevelTimeSformer
from tests.conftest import tiny_config


@pytest.mark.parametrize('elements', [(2, 2, 4), (3, 5)])
@pytest.mark.parametrize('with_cp', [False, True])
def test_backbone_and_its_gradients_equal_the_plain_ones(elements, with_cp):
    """In float64: all elements in one pass, projections multiplied first, GELU computed again."""
    ours = DualLevelTimeSformer(
        elements, img_size=32, embed_dims=24, num_layers=2, num_heads=3, drop_path_rate=0.0,
        with_cp=with_cp,
    ).double()  # fmt: skip
    for parameter in ours.parameters():  # temporal_fc starts at zero, which would hide its path
        torch.nn.init.normal_(parameter, std=0.3)
    plain = PlainTimeSformer(ours).double().train()
    ours.train()
    x = torch.randn(2, 3, sum(elements), 32, 32, dtype=torch.float64)
    torch.testing.assert_close(ours(x), plain(x), atol=1e-10, rtol=1e-8)
    weights = torch.randn(2, len(elements), 24, dtype=torch.float64)
    (ours(x) * weights).sum().backward()
    (plain(x) * weights).sum().backward()
    gradients = {name: p.grad for name, p in plain.backbone.named_parameters()}
    gradients['time_embed'] = torch.cat([time.grad for time in plain.times], 1)
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name], atol=1e-9, rtol=1e-7)


@pytest.mark.parametrize('name', ['sefar_s_gym99_5p', 'sefar_synthgym_10p'])
def test_step_has_the_losses_of_the_released_loop(clips, tmp_path, name):
    """The same draws: one backbone pass and U heads give what U whole passes give."""
    cfg = tiny_config(clips, tmp_path, name)
    if cfg.model.recognizer.backbone.type == 'DualLevelTimeSformer':
        cfg.model.recognizer.backbone.drop_path_rate = 0.0
    step = TimedStep(cfg, 'cpu')
    model = step.model
    # Batch statistics of two elements at once are not those of each; running ones are the same.
    model.networks['student'].backbone.eval()
    for parameter in model.networks['student'].parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    algorithm = model.algorithm
    algorithm.start()
    loop = ReleasedLoop(model)
    loop.student.backbone.eval()
    data = model.data_preprocessor(step.batch, training=True)
    labels = torch.cat([s.gt_label for s in data['data_samples']['labelled']])
    torch.manual_seed(5)
    got = model.loss(**data)
    torch.manual_seed(5)
    wanted = loop.losses(data['inputs'], labels)
    assert got['pseudo_weight'] > 0
    for key, factor in (
        ('loss_sup', 1),
        ('loss_un', algorithm.gamma_un),
        ('loss_mix', algorithm.gamma_mix),
    ):
        scale = factor * (got['xi'].item() if key != 'loss_sup' else 1)
        torch.testing.assert_close(got[key], scale * wanted[key], atol=1e-6, rtol=1e-4)


def test_released_step_moves_student_and_teacher(clips, tmp_path):
    step = TimedStep(tiny_config(clips, tmp_path), 'cpu')
    loop = ReleasedLoop(step.model)
    data = step.model.data_preprocessor(step.batch, training=True)
    labels = torch.cat([s.gt_label for s in data['data_samples']['labelled']])
    before = [p.clone() for p in loop.teacher.parameters()]
    optimizer = torch.optim.SGD(loop.student.parameters(), lr=0.1)
    loop.step(data['inputs'], labels, optimizer)
    omega = step.model.algorithm.ema.momentum
    for old, student, teacher in zip(
        before, loop.student.parameters(), loop.teacher.parameters(), strict=True
    ):
        torch.testing.assert_close(teacher, (1 - omega) * old + omega * student)
    assert any(
        (s - o).abs().max() > 0 for s, o in zip(loop.student.parameters(), before, strict=True)
    )
