"""The contrastive start: its loss by hand, what it learns, and who takes its weights."""

import math

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import Runner

from sefar.models.progress import Progress
from tests.algorithms import staged
from tests.algorithms.test_matches import AFTER_WARMUP, data_of, still, varied
from tests.algorithms.test_sefar import NETWORK
from tests.algorithms.test_unlabelled_weight import running_statistics
from tests.conftest import tiny_config
from tests.engine.test_training import log_of, weights


def build(**algorithm):
    return MODELS.build(
        dict(
            type='SemiSupervisedRecognizer',
            recognizer=NETWORK,
            algorithm=dict(type='TemporalContrast', **algorithm),
            data_preprocessor=dict(type='SemiSupervisedDataPreprocessor', format_shape='NCTHW'),
        )
    )


def test_loss_by_hand():
    """Three clips on a circle; their reverses elsewhere on it."""
    model = build(temperature=0.5)
    angles = {'a': [0.0, 2.0, 4.0], 'b': [0.1, 2.2, 3.9], 'r': [0.3, 1.0, 5.0]}
    vectors = {
        name: torch.tensor([[math.cos(x), math.sin(x)] for x in row])
        for name, row in angles.items()
    }
    calls = iter('abr')
    model.algorithm.project = lambda clips: vectors[next(calls)]
    loss, right = model.algorithm.contrast(torch.zeros(3, 1, 1, 8, 1, 1), torch.zeros(3))

    def one_way(anchors, keys):
        total = 0.0
        for i, x in enumerate(angles[anchors]):
            others = [math.cos(x - y) / 0.5 for y in angles[keys] + angles['r']]
            total += math.log(sum(map(math.exp, others))) - others[i]
        return total / 3

    assert loss.item() == pytest.approx((one_way('a', 'b') + one_way('b', 'a')) / 2, rel=1e-5)
    assert right == 1


def test_the_negative_is_the_clip_played_backwards():
    model = build()
    seen = []
    model.algorithm.project = lambda clips: seen.append(clips) or torch.eye(len(clips), 4)
    weak = torch.arange(8.0).view(1, 1, 1, 8, 1, 1).expand(2, 1, 3, 8, 2, 2)
    model.algorithm.contrast(weak, weak + 100)
    assert seen[0][0, 0, 0, :, 0, 0].tolist() == list(range(8))
    assert seen[2][0, 0, 0, :, 0, 0].tolist() == [7, 5, 6, 4, 3, 1, 2, 0]


def test_the_contrast_is_exact_under_autocast():
    model = build()
    torch.manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(9, 64), dim=1).split(3)
    losses = []
    for enabled in (False, True):
        calls = iter(vectors)
        model.algorithm.project = lambda clips, calls=calls: next(calls)
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            losses.append(
                model.algorithm.contrast(torch.zeros(3, 1, 1, 8, 1, 1), torch.zeros(3))[0]
            )
    assert losses[0] == losses[1]


def test_a_step_contrasts_the_weak_view_with_the_strong_one():
    model = still(build(gamma_contrast=0.5))
    torch.manual_seed(0)
    inputs, samples = varied(model)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    said, turned = (
        model.algorithm.contrast(inputs[one], inputs[other])[0].item() / 2
        for one, other in (('weak', 'strong'), ('strong', 'weak'))
    )
    assert losses['loss_contrast'].item() == pytest.approx(said, rel=1e-6)
    assert abs(said - turned) > 1e-4 * said


def test_it_trains_the_network_and_its_projector():
    model = build(gamma_contrast=0.5).train()
    inputs, samples = data_of(model)
    losses, log = model.algorithm.step(inputs, samples, Progress(0, 10))
    assert set(losses) == {'loss_sup', 'loss_contrast'} and 0 <= log['told_apart'] <= 1
    sum(losses.values()).backward()
    parts = [*model.networks['student'].parameters(), *model.algorithm.projector.parameters()]
    assert all(p.grad is not None for p in parts)


def test_another_run_takes_its_backbone(clips, tmp_path):
    stage = tiny_config(clips, tmp_path / 'stage')
    stage.model.algorithm = dict(type='TemporalContrast')
    stage.train_dataloader.dataset.unlabelled.pipeline.split.views.strong.temporal = None
    Runner.from_cfg(stage).train()
    rows = [row for row in log_of(tmp_path / 'stage') if 'loss_contrast' in row]
    assert len(rows) == 9 and all(math.isfinite(row['loss_contrast']) for row in rows)
    source = tmp_path / 'stage/epoch_3.pth'
    cfg = tiny_config(clips, tmp_path / 'run')
    cfg.model.recognizer.backbone.init_cfg = dict(
        type='Pretrained', checkpoint=str(source), prefix='student.backbone.'
    )
    runner = Runner.from_cfg(cfg)
    runner._init_model_weights()
    state = weights(source)
    for network in runner.model.networks.values():
        for key, value in network.backbone.state_dict().items():
            assert torch.equal(value, state[f'student.backbone.{key}']), key
    runner.train()


@pytest.mark.parametrize('wrong', [dict(temperature=0), dict(gamma_contrast=-1), dict(channels=0)])
def test_arguments_are_checked(wrong):
    with pytest.raises(ValueError, match='wanted'):
        build(**wrong)


@pytest.mark.parametrize('view', ['weak', 'strong'])
def test_running_averages_do_not_see_its_views(view):
    found = []
    for scale in (1, 9):
        torch.manual_seed(3)
        model = staged.build('TemporalContrast').train()
        inputs, samples = data_of(model)
        inputs[view] = inputs[view] * scale
        model.algorithm.step(inputs, samples, AFTER_WARMUP)
        found.append(running_statistics(dict(student=model.algorithm.student)))
    assert found[0] and all(value.equal(found[1][key]) for key, value in found[0].items())


def test_all_three_views_take_gradients():
    algorithm = build().algorithm
    vectors = [torch.randn(3, 2, requires_grad=True) for _ in range(3)]
    calls = iter(vectors)
    algorithm.project = lambda clips: next(calls)
    algorithm.contrast(torch.zeros(3, 1, 1, 8, 1, 1), torch.zeros(3))[0].backward()
    assert all(vector.grad.any() for vector in vectors)
