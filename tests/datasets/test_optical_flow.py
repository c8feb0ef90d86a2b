"""Flow of clips, by value."""

import cv2
import mmcv
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose

from sefar.datasets.flow import BOUND, flow_to_next
from sefar.datasets.frame_cache import CacheMissError, FrameCache
from sefar.datasets.seeding import SeededIndex, seeded_draws
from sefar.datasets.transforms import ClipRandAugment, OpticalFlow, SplitViews
from sefar.datasets.transforms.clip_rand_augment import PLACES
from sefar.elements import time_order
from sefar.preparation.cache_frames import cache_frames, measure
from tests.conftest import write_clip
from tests.datasets.test_transforms import SPATIAL, draw_operation, info

ORDER = time_order((2, 2, 4))
FORMAT = dict(type='FormatShape', input_format='NCTHW')


def moving(steps, size=48):
    """Frames (N, H, W, 3) of a texture at x = 2 · step, y = -step."""
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur((255 * rng.random((size, size))).astype(np.uint8), (0, 0), 2)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    rolled = [np.roll(texture, (-step, 2 * step), (0, 1)) for step in steps]
    return np.repeat(np.stack(rolled)[..., None], 3, -1)


def inside(flow):
    """Mean over what is far from the border, of (…, H, W, C)."""
    return flow[..., 14:34, 14:34, :].astype(float).mean((-3, -2))


def coded(x, y, size=48):
    return np.clip(128 + 127 / (BOUND * size) * np.array([x, y]), 1, 255)


class Reader:
    """An open clip."""

    def __init__(self, frames):
        self.frames = frames

    def __len__(self):
        return len(self.frames)

    def get_batch(self, indices):
        return Reader(self.frames[indices])

    def asnumpy(self):
        return self.frames


def companion(frames, inds):
    results = dict(frame_inds=np.array(inds), video_reader=Reader(frames))
    return OpticalFlow()(results)['companions']['flow']


def test_flow_of_a_texture_that_moves():
    steps = [0, 1, 1, 2, 1]
    flow = np.stack(list(flow_to_next(moving(steps))))
    assert flow.shape == (5, 48, 48, 2) and flow.dtype == np.uint8
    wanted = [coded(2 * step, -step) for step in (1, 0, 1, -1, -1)]  # the last is that before it
    assert inside(flow) == pytest.approx(np.stack(wanted), abs=4)


def test_what_is_faster_than_the_bound_saturates():
    flow, _ = flow_to_next(moving([0, 3]))  # 6 of 48 pixels; the bound is 3.75
    assert (flow[14:34, 14:34, 0] == 255).mean() > 0.95
    assert inside(flow)[1] == pytest.approx(coded(0, -3)[1], abs=4)


def test_one_frame_is_at_rest():
    (flow,) = flow_to_next(moving([0]))
    assert (flow == 128).all()
    assert not list(flow_to_next([]))
    assert (companion(moving([0]), [0, 0]).pictures[1] == 128).all()


def test_it_is_of_the_video_not_of_the_frames_that_were_drawn():
    steps = [0, 1, 1, 0, 1, 3, 3, 3]
    pictures = companion(moving(steps), [5, 0, 7, 2]).pictures
    wanted = [coded(2 * step, -step) for step in (0, 1, 0, -1)]
    assert inside(np.stack(pictures))[:, :2] == pytest.approx(np.stack(wanted), abs=4)
    lengths = np.hypot(*(np.stack(pictures)[..., :2] - 128.0).transpose(3, 0, 1, 2))
    assert np.abs(np.stack(pictures)[..., 2] - np.minimum(128 + lengths, 255)).max() <= 0.5


def test_a_clip_that_is_not_open():
    with pytest.raises(ValueError, match='place the step between sampling and decoding'):
        OpticalFlow()(dict(frame_inds=np.array([0]), video_reader=None))


def split(frames, steps):
    """Views of a clip and its flow, laid out in time."""
    order = np.argsort(ORDER)
    results = dict(imgs=list(frames), companions=dict(flow=companion(frames, range(8))))
    results |= dict(elements=(2, 2, 4), clip_len=8, num_clips=1, modality='RGB', label=0)
    results |= dict(view_inds=dict(weak=order))
    found = SplitViews(dict(weak=[*steps, FORMAT]))(results)
    views = (found[name][0].transpose(1, 2, 3, 0)[ORDER] for name in ('weak', 'weak_flow'))
    return *views, found


@pytest.mark.parametrize('direction, axis', [('horizontal', 1), ('vertical', 0)])
def test_a_mirror_turns_it(direction, axis):
    frames = moving([0, 1, 1, 0, 1, 2, 2, 3])
    flip = dict(type='Flip', flip_ratio=1.0, direction=direction)
    seen, flow, found = split(frames, [flip])
    assert (seen == np.flip(frames, axis + 1)).all()
    wanted = np.stack(list(flow_to_next(np.ascontiguousarray(seen))))
    assert inside(flow)[:, :2] == pytest.approx(inside(wanted), abs=4)
    assert found['flipped'] == dict(weak=True, weak_flow=True)
    plain = split(frames, [dict(flip, flip_ratio=0.0)])
    assert (plain[1][..., 2] == np.flip(flow, axis + 1)[..., 2]).all()  # a length has no direction
    assert plain[2]['flipped'] == dict(weak=False, weak_flow=False)


def test_time_that_runs_backwards_turns_it():
    frames = moving([0, 1, 2, 3, 4, 5, 6, 7])
    backwards = dict(type='TemporalReverseAll', label_map={0: 1, 1: 0}, prob=1.0)
    seen, flow, found = split(frames, [backwards])
    assert (seen == frames[::-1]).all()
    assert found['reversed'] == dict(weak=True, weak_flow=True)
    assert inside(flow)[:, :2] == pytest.approx(np.tile(coded(-2, 1), (8, 1)), abs=4)


@pytest.mark.parametrize('name', PLACES)
def test_what_comes_in_at_a_border_is_at_rest(monkeypatch, name):
    draw_operation(monkeypatch, name)
    frames = moving([0, 1, 2, 3, 4, 5, 6, 7])
    seen, flow, _ = split(frames, [dict(type='ClipRandAugment', num_ops=1, prob=1.0)])
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    came_in = [(seen[0][corner] == 128).all() for corner in corners]
    assert any(came_in)
    for corner, out in zip(corners, came_in, strict=True):
        assert not out or (flow[:, corner[0], corner[1]] == 128).all()


def test_a_cache_keeps_it(tmp_path):
    path = str(write_clip(tmp_path / 'a.mp4', 11))
    still = str(write_clip(tmp_path / 'b.mp4', 3))
    cache = tmp_path / 'cache'
    assert measure([path, still], None, None, 1, {path}).bytes == (11 * 5 + 3 * 3) * 40 * 40
    assert not cache_frames([path, still], cache, workers=1)
    with pytest.raises(
        CacheMissError, match=r'a.mp4: the frame cache .* has no optical flow of it'
    ):
        FrameCache(str(cache), flow=True).check(path)
    assert not cache_frames([path, still], cache, workers=1, flow={path})
    assert [file.suffix for file in (cache / 'flow').iterdir()] == ['.npy']
    found = FrameCache(str(cache), flow=True)[path]
    assert (found.flow == np.stack(list(flow_to_next(found.frames)))).all()
    assert FrameCache(str(cache))[path].flow is None

    views = dict(weak=SPATIAL, strong=SPATIAL)
    rest = [dict(type='SplitViews', views=views), dict(type='PackViews')]
    sample = [dict(type='DualLevelSampleFrames', views=tuple(views)), dict(type='OpticalFlow')]
    cached = dict(type='FrameCacheInit', folder=str(cache), flow=True)
    packed = []
    for init, decode in (('DecordInit', 'DecordDecode'), (cached, 'ArrayDecode')):
        steps = [init if init is cached else dict(type=init), *sample, dict(type=decode), *rest]
        with seeded_draws(SeededIndex(0, 5)):
            packed.append(Compose(steps)(info(path))['inputs'])
    assert set(packed[0]) == {'weak', 'strong', 'weak_flow', 'strong_flow'}
    for view, frames in packed[0].items():
        assert frames.shape == (1, 3, 8, 40, 40) and frames.dtype == torch.uint8
        assert frames.equal(packed[1][view])


def test_a_rotated_frame_has_a_grey_border(monkeypatch):
    draw_operation(monkeypatch, 'rotate')
    frame = np.full((20, 20, 3), 200, np.uint8)
    turned = ClipRandAugment(num_ops=1, prob=1.0)(dict(imgs=[frame]))['imgs'][0]
    assert turned[0, 0].tolist() == [128, 128, 128]
    middle = mmcv.imrotate(frame, 27)[8:12, 8:12]
    assert (turned[8:12, 8:12] == middle).all()


def test_mirrored_and_backwards_turn_it_twice():
    frames = moving([0, 1, 2, 3, 4, 5, 6, 7])
    backwards = dict(type='TemporalReverseAll', label_map={0: 1, 1: 0}, prob=1.0)
    seen, flow, _ = split(frames, [backwards, dict(type='Flip', flip_ratio=1.0)])
    assert (seen == frames[::-1, :, ::-1]).all()
    assert inside(flow)[:, :2] == pytest.approx(np.tile(coded(2, 1), (8, 1)), abs=4)


def test_the_bound_is_of_the_short_side():
    wide = [np.concatenate([frame, frame], 1) for frame in moving([0, 1])]  # it goes on as it is
    flow, _ = flow_to_next(wide)
    assert inside(flow) == pytest.approx(coded(2, -1), abs=4)


def test_grey_is_that_of_rgb_frames():
    red = moving([0, 1])
    red[..., 1:] = 0
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in red])
    one, other = (next(flow_to_next(f)) for f in (red, np.repeat(grey[..., None], 3, -1)))
    assert (one == other).all()


def test_flow_of_a_cache_is_that_of_the_frames_that_were_drawn():
    flow = np.arange(6 * 2, dtype=np.uint8).reshape(6, 1, 1, 2)
    results = OpticalFlow()(dict(flow=flow, frame_inds=np.array([5, 2])))
    assert [p[0, 0, 0] for p in results['companions']['flow'].pictures] == [10, 4]
