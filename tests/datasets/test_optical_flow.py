"""Flow of views, by value."""

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose

from sefar.datasets.transforms import OpticalFlow
from sefar.elements import time_order
from sefar.models.temporal_gradient import temporal_gradient
from tests.conftest import write_clip
from tests.datasets.test_transforms import SPATIAL, info

ORDER = time_order((2, 2, 4))


def moving(steps, size=48):
    """Laid-out frames (1, 3, 8, H, W) of a texture at x = 2 · steps[t], y = -steps[t] at time t."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur((255 * rng.random((size, size))).astype(np.uint8), (0, 0), 2)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    view = np.empty((1, 3, 8, size, size), np.uint8)
    for place, step in zip(ORDER, steps, strict=True):
        view[0, :, place] = np.roll(texture, (-step, 2 * step), (0, 1))
    return view


def test_it_follows_time_not_the_layout():
    steps = [0, 1, 2, 2, 1, 1, 0, 1]
    results = dict(
        weak=moving(steps), elements=(2, 2, 4), flipped=dict(weak=True), reversed=dict(weak=False)
    )
    found = OpticalFlow(bound=0.1)(results)
    flow = found['weak_flow']
    assert flow.shape == (1, 3, 8, 48, 48) and flow.dtype == np.uint8
    inside = flow[0, :, :, 14:34, 14:34].astype(float).mean((2, 3))
    scale = 127 / 4.8
    moved = [*np.diff(steps), 1]  # the last repeats the one before it
    for place, step in zip(ORDER, moved, strict=True):
        wanted = 128 + scale * np.array([2 * step, -step, abs(step) * 5**0.5])
        assert inside[:, place] == pytest.approx(np.clip(wanted, 0, 255), abs=4)
    assert found['flipped'] == dict(weak=True, weak_flow=True)
    assert found['reversed'] == dict(weak=False, weak_flow=False)
    assert (found['weak'] == results['weak']).all()


def test_what_is_faster_than_the_bound_saturates():
    flow = OpticalFlow(bound=0.02).flow_of(moving([0, 1, 2, 3, 4, 5, 6, 7]), ORDER)
    inside = flow[0, :, :, 14:34, 14:34]
    assert (inside[0] == 255).mean() > 0.95 and (inside[1] <= 2).mean() > 0.95


def test_one_frame_has_no_flow():
    flow = OpticalFlow().flow_of(np.full((1, 3, 1, 20, 20), 9, np.uint8), [0])
    assert (flow == 128).all()


@pytest.mark.parametrize('bound', [0, -1, 1.5, float('nan')])
def test_a_bound_that_says_nothing(bound):
    with pytest.raises(ValueError, match='wanted a share of the short side'):
        OpticalFlow(bound)


def test_in_a_pipeline_of_a_real_clip(tmp_path):
    views = dict(weak=SPATIAL, strong=SPATIAL)
    steps = [
        dict(type='DecordInit'),
        dict(type='DualLevelSampleFrames', views=tuple(views)),
        dict(type='DecordDecode'),
        dict(type='SplitViews', views=views),
        dict(type='OpticalFlow'),
        dict(type='PackViews'),
    ]
    packed = Compose(steps)(info(write_clip(tmp_path / 'a.mp4', 16)))
    assert set(packed['inputs']) == {'weak', 'strong', 'weak_flow', 'strong_flow'}
    shapes = {(tuple(v.shape), v.dtype) for v in packed['inputs'].values()}
    assert shapes == {((1, 3, 8, 40, 40), torch.uint8)}


def test_the_temporal_gradient_by_hand():
    values = torch.tensor([3.0, 5.0, 4.0, 4.0, 7.0, 1.0, 0.0, 2.0])  # in time
    clips = torch.empty(1, 1, 1, 8, 1, 1)
    clips[0, 0, 0, ORDER, 0, 0] = values
    gradient = temporal_gradient(clips, (2, 2, 4))[0, 0, 0, ORDER, 0, 0]
    assert gradient.tolist() == [2, -1, 0, 3, -6, -1, 2, 2]
    assert (temporal_gradient(clips[:, :, :, :1], (1,)) == 0).all()
