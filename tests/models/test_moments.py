"""Moments of clips, soft DTW and alignability, against what is worked out by hand."""

import itertools
import math

import numpy as np
import pytest
import torch

from sefar.models.alignability import AlignabilityScore, phase_distinctiveness, step_cosines
from sefar.models.moments import check_moments, encode_parts, encode_steps, in_time
from sefar.models.soft_dtw import soft_dtw
from tests.algorithms.staged import CNN, build


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build('TCLR').eval().networks['student']


def test_frames_come_in_the_order_of_time(network):
    laid_out = torch.tensor([1, 5, 3, 7, 0, 2, 4, 6]).float()  # when each frame was
    clips = laid_out.view(1, 1, 1, 8, 1, 1).expand(2, 1, 3, 8, 4, 4)
    assert in_time(network, clips)[1, 2, :, 0, 0].tolist() == list(range(8))


def test_parts_are_encoded_each_by_itself(network):
    clips = torch.randn(2, 1, 3, 8, 32, 32)
    found = encode_parts(network, clips, 4)
    frames = in_time(network, clips)
    for part in range(4):
        alone = network.backbone.time_maps(frames[:, :, 2 * part : 2 * part + 2])
        torch.testing.assert_close(found[:, part], alone)
    pooled = network.backbone(clips[:, 0])  # its second element is frames 3 and 7
    pair = network.backbone.time_maps(frames[:, :, [3, 7]]).mean((2, 3))
    torch.testing.assert_close(pooled[:, 1], pair)


def test_steps_of_a_whole_clip(network):
    clips = torch.randn(2, 1, 3, 8, 32, 32)
    maps = network.backbone.time_maps(in_time(network, clips))
    assert maps.shape == (2, 32, 8, 1)
    by_hand = maps.mean(3).view(2, 32, 4, 2).mean(3).transpose(1, 2)
    torch.testing.assert_close(encode_steps(network, clips, 4), by_hand)
    late = clips.clone()
    late[:, :, :, 7] += 1  # segment 6: of the last quarter
    changed = (encode_steps(network, late, 8) - encode_steps(network, clips, 8)).abs().amax((0, 2))
    assert changed[4:].sum() > changed[:4].sum()


def test_a_backbone_that_pools_in_time_is_refused():
    backbone = dict(CNN['backbone'], backbone=dict(CNN['backbone']['backbone'], with_pool2=True))
    network = build('TCLR', dict(CNN, backbone=backbone)).networks['student']
    clips = torch.randn(2, 1, 3, 8, 32, 32)
    assert encode_steps(network, clips, 4).shape == (2, 4, 32)
    with pytest.raises(ValueError, match='makes 4 steps of time of 8 frames, wanted 8 or a mul'):
        encode_steps(network, clips, 8)


def test_image_networks_keep_time_and_transformers_are_refused():
    image = dict(type='mmaction.ResNet', depth=18, pretrained=None)
    network = build('TCLR', dict(CNN, backbone=dict(
        type='PerElementBackbone', backbone=image, frame_format='NCHW'),
        cls_head=dict(CNN['cls_head'], in_channels=512))).networks['student']  # fmt: skip
    clips = torch.randn(2, 3, 4, 32, 32)
    maps = network.eval().backbone.time_maps(clips)
    assert maps.shape == (2, 512, 4, 1)
    alone = network.backbone.time_maps(clips[:, :, 2:3])
    torch.testing.assert_close(maps[:, :, 2:3], alone)
    with pytest.raises(ValueError, match='DualLevelTimeSformer: wanted PerElementBackbone'):
        from tests.algorithms.test_sefar import NETWORK

        build('TCLR', NETWORK)


@pytest.mark.parametrize('parts', [1, 3, 16])
def test_parts_that_do_not_share_the_frames(network, parts):
    with pytest.raises(ValueError, match=f'parts={parts}: wanted at least 2 that share 8 frames'):
        check_moments(network, parts)


def paths(long, wide):
    """All alignments: cells from (0, 0) to the last one by the three moves."""

    def go(t, s):
        if (t, s) == (long - 1, wide - 1):
            yield [(t, s)]
        for dt, ds in ((1, 1), (1, 0), (0, 1)):
            if t + dt < long and s + ds < wide:
                yield from ([(t, s), *rest] for rest in go(t + dt, s + ds))

    return list(go(0, 0))


@pytest.mark.parametrize('smoothing', [0.01, 0.5])
def test_soft_dtw_is_the_smoothed_minimum_over_all_paths(smoothing):
    costs = torch.rand(3, 4, 3, dtype=torch.float64)
    assert len(paths(4, 3)) == 25  # Delannoy number D(3, 2)
    for found, cost in zip(soft_dtw(costs, smoothing), costs.numpy(), strict=True):
        sums = np.array([sum(cost[place] for place in path) for path in paths(4, 3)])
        by_hand = -smoothing * np.log(np.exp(-(sums - sums.min()) / smoothing).sum()) + sums.min()
        assert found.item() == pytest.approx(by_hand, rel=1e-9)


def test_soft_dtw_has_a_gradient():
    costs = torch.rand(2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda c: soft_dtw(c, 0.1), (costs,))


def test_the_score_sees_cosines_of_all_pairs():
    one, other = torch.randn(2, 4, 6), torch.randn(3, 4, 6)
    cosines = step_cosines(one, other)
    assert cosines.shape == (2, 3, 4, 4)
    for n, m, t, s in itertools.product(range(2), range(3), range(4), range(4)):
        wanted = torch.cosine_similarity(one[n, t], other[m, s], dim=0)
        assert cosines[n, m, t, s].item() == pytest.approx(wanted.item(), abs=1e-6)
    assert AlignabilityScore(4)(cosines).shape == (2, 3)


def test_phases_by_hand():
    """Two clips of three steps on a circle."""
    angles = np.array([[[0.0, 1.0, 2.0], [0.0, 0.5, 3.0]], [[0.1, 1.2, 1.9], [0.3, 0.9, 2.5]]])
    one, other = torch.tensor(np.stack([np.cos(angles), np.sin(angles)], -1)).float()
    total = 0.0
    for clip, t in itertools.product(range(2), range(3)):
        weights = [math.exp(-((t - s) ** 2) / (2 * 0.8**2)) for s in range(3)]
        logits = [math.cos(angles[0, clip, t] - angles[1, clip, s]) / 0.3 for s in range(3)]
        norm = math.log(sum(map(math.exp, logits)))
        total -= sum(w * (x - norm) for w, x in zip(weights, logits, strict=True)) / sum(weights)
    loss, right = phase_distinctiveness(one, other, 0.8, 0.3)
    assert loss.item() == pytest.approx(total / 6, rel=1e-5)
    assert right.item() == pytest.approx(5 / 6)  # 0.5 is nearer to 0.3 than to 0.9
