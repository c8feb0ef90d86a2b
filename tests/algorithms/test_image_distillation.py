"""VideoSSL and MT+SD: what a network of single frames adds to FixMatch and to Mean Teacher."""

import pytest
import torch
import torch.nn.functional as F

from sefar.algorithms.image_distillation import frames_of
from tests.algorithms import staged
from tests.algorithms.staged import LOW
from tests.algorithms.test_matches import AFTER_WARMUP, build, data_of, still


@pytest.mark.parametrize(
    ('name', 'plain'), [('VideoSSL', 'FixMatch'), ('MeanTeacherDistilled', 'MeanTeacher')]
)
def test_every_loss_by_value(name, plain):
    options = LOW if plain == 'FixMatch' else {}
    model = still(build(name, gamma_soft=0.3, gamma_un=0.7, **options))
    inputs, samples = data_of(model)
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    networks, head = model.algorithm.networks, model.algorithm.soft_head
    student, image = networks['student'], networks['image']
    truth = torch.cat([s.gt_label for s in samples['labelled']])

    def by_frame(clips):
        return torch.stack([image(clips[:, :, :, k : k + 1], stage='head') for k in range(8)], 1)

    def soft(clips):
        target = by_frame(clips).softmax(-1).mean(1)
        said = head(student(clips, stage='neck').flatten(1)).log_softmax(1)
        return -0.3 * (target * said).sum(1).mean().item()

    of_frames = by_frame(inputs['labelled']).flatten(0, 1)
    each = F.cross_entropy(of_frames, truth.repeat_interleave(8))
    assert losses['loss_image'].item() == pytest.approx(each.item(), rel=1e-5)
    right = (of_frames.argmax(1) == truth.repeat_interleave(8)).float().mean()
    assert log['image_top1_acc'] == pytest.approx(right.item())
    assert losses['loss_soft'].item() == pytest.approx(soft(inputs['labelled']), rel=1e-4)
    assert losses['loss_soft_un'].item() == pytest.approx(soft(inputs['weak']), rel=1e-4)

    other = still(build(plain, gamma_un=0.7, **options))
    shared = {k: v for k, v in model.state_dict().items() if k in other.state_dict()}
    other.load_state_dict(shared)
    wanted, _ = other.algorithm.step(inputs, samples, AFTER_WARMUP)
    assert wanted['loss_un'] > 0
    for key, value in wanted.items():
        assert losses[key].item() == pytest.approx(value.item(), rel=1e-5)


def test_the_norms_of_the_student_see_labelled_clips_once():
    model = staged.build('VideoSSL', warmup=dict(epochs=2)).train()
    norm = next(m for m in model.networks['student'].modules() if hasattr(m, 'running_mean'))
    seen = []
    norm.register_forward_hook(lambda m, *_: seen.append(m.running_mean.clone()))
    model.algorithm.labelled_step(*data_of(model))
    by_labels, by_images = seen[:2], seen[2:]  # elements of two frames, and of four
    assert all(one.equal(other) for one, other in zip(by_labels, by_images, strict=True))
    assert by_labels[0].any()


def test_targets_take_no_gradient_and_frames_alone_are_not_reported():
    model = still(build('MeanTeacherDistilled'))
    losses, _ = model.algorithm.step(*data_of(model), AFTER_WARMUP)
    (losses['loss_soft'] + losses['loss_soft_un']).backward()
    networks = model.algorithm.networks
    assert all(p.grad is None for p in networks['image'].parameters())
    assert any(p.grad is not None for p in networks['student'].parameters())
    assert model.algorithm.soft_head.weight.grad is not None
    assert model.algorithm.reported == ('student', 'teacher')


def test_frames_in_the_order_of_clips():
    clips = torch.arange(12).view(2, 1, 1, 6, 1, 1)
    assert frames_of(clips).shape == (12, 1, 1, 1, 1, 1)
    assert frames_of(clips).flatten().tolist() == list(range(12))


def test_a_weight_below_zero():
    with pytest.raises(ValueError, match='gamma_soft=-1: wanted'):
        build('VideoSSL', gamma_soft=-1)


def test_the_image_network_may_be_of_a_zoo():
    backbone = dict(
        _delete_=True,
        type='PerElementBackbone',
        elements=(1,),
        frame_format='NCHW',
        backbone=dict(type='mmpretrain.ResNet', depth=18),
    )
    head = dict(num_elements=1, in_channels=512)
    model = still(build('VideoSSL', image=dict(backbone=backbone, cls_head=head)))
    losses, _ = model.algorithm.step(*data_of(model), AFTER_WARMUP)
    losses['loss_image'].backward()
    image = model.algorithm.networks['image']
    assert type(image.backbone.backbone).__module__.startswith('mmpretrain')
    assert all(p.grad is not None for p in image.parameters())


def test_targets_are_of_an_image_network_in_evaluation():
    torch.manual_seed(0)
    model = staged.build('VideoSSL', **staged.LOW, warmup=dict(epochs=2)).train()
    modes = []
    norm = next(m for m in model.networks['image'].modules() if hasattr(m, 'running_mean'))
    norm.register_forward_hook(lambda module, *_: modes.append(module.training))
    model.algorithm.step(*data_of(model), AFTER_WARMUP)
    assert modes.count(True) == 1 and modes.count(False) == 2  # it learns from labels once
