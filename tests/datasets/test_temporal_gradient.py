"""Temporal gradients of clips, by value."""

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose

from sefar.datasets.seeding import SeededIndex, seeded_draws
from sefar.datasets.transforms import SplitViews, TemporalGradient
from sefar.datasets.transforms.temporal_gradient import turned
from sefar.preparation.cache_frames import cache_frames
from tests.conftest import write_clip
from tests.datasets.test_optical_flow import FORMAT, ORDER, Reader
from tests.datasets.test_transforms import SPATIAL, info

VALUES = (3, 5, 0, 255, 255, 1, 1, 2)
CHANGES = (2, -5, 255, 0, -254, 0, 1, 1)  # the last frame's is that before it


def clip(values=VALUES):
    frames = np.full((len(values), 6, 6, 3), 1, np.uint8) * np.uint8(values)[:, None, None, None]
    frames[:, 0] = 9  # a row that does not change
    return frames


def companion(frames, inds, **given):
    results = dict(frame_inds=np.array(inds), **(given or dict(video_reader=Reader(frames))))
    return TemporalGradient()(results)['companions']['gradient']


def coded(changes):
    return np.clip(128 + np.array(changes) / 2, 0, 255)


def test_it_is_the_change_to_the_videos_next_frame():
    frames = clip()
    for given in ({}, dict(array=frames)):
        inds = [7, 2, 2, 0, 6]
        pictures = np.stack(companion(frames, inds, **given).pictures)
        assert pictures.dtype == np.uint8 and pictures.shape == (5, 6, 6, 3)
        assert (pictures[:, 0] == 128).all()
        found = pictures[:, 3, 3, 0].astype(float)
        assert np.abs(found - coded(CHANGES)[inds]).max() <= 0.5
    assert (companion(clip([7]), [0, 0]).pictures[1] == 128).all()
    with pytest.raises(ValueError, match='place the step between sampling and decoding'):
        TemporalGradient()(dict(frame_inds=np.array([0])))


@pytest.mark.parametrize(
    'step',
    [dict(type='Flip', flip_ratio=1.0), dict(type='TemporalReverseAll', label_map={}, prob=1.0)],
)
def test_a_mirror_leaves_its_values_and_time_turns_them(step):
    frames = clip()
    frames[:, :, :3] = 9  # nothing changes on the left
    results = dict(imgs=list(frames), companions=dict(gradient=companion(frames, range(8))))
    results |= dict(elements=(2, 2, 4), clip_len=8, num_clips=1, modality='RGB', label=0)
    results |= dict(view_inds=dict(weak=np.argsort(ORDER)))
    found = SplitViews(dict(weak=[step, FORMAT]))(results)['weak_gradient'][0]
    seen = found.transpose(1, 2, 3, 0)[ORDER].astype(float)  # in time
    mirrored = step['type'] == 'Flip'
    still, moved = (seen[:, 3, 4, 0], seen[:, 3, 1, 0])[:: 1 if mirrored else -1]
    assert (still == 128).all()
    wanted = coded(CHANGES) if mirrored else 256 - coded(CHANGES)[::-1]
    assert np.abs(moved - wanted).max() <= 1


def test_views_have_it_with_and_without_a_cache(tmp_path):
    path = str(write_clip(tmp_path / 'a.mp4', 11))
    assert not cache_frames([path], tmp_path / 'cache', workers=1)
    views = dict(weak=SPATIAL, strong=SPATIAL)
    rest = [dict(type='SplitViews', views=views), dict(type='PackViews')]
    sample = [dict(type='DualLevelSampleFrames', views=tuple(views)), dict(type='TemporalGradient')]
    cached = dict(type='FrameCacheInit', folder=str(tmp_path / 'cache'))
    packed = []
    for init, decode in ((dict(type='DecordInit'), 'DecordDecode'), (cached, 'ArrayDecode')):
        with seeded_draws(SeededIndex(0, 5)):
            steps = [init, *sample, dict(type=decode), *rest]
            packed.append(Compose(steps)(info(path))['inputs'])
    assert set(packed[0]) == {'weak', 'strong', 'weak_gradient', 'strong_gradient'}
    for view, frames in packed[0].items():
        assert frames.shape == (1, 3, 8, 40, 40) and frames.dtype == torch.uint8
        assert frames.equal(packed[1][view])


def test_mirrored_and_backwards_it_changes_its_sign_once():
    picture = np.full((1, 1, 3), 138, np.uint8)  # 10 above rest
    assert turned(picture, 'horizontal', True).tolist() == [[[118] * 3]]
    assert turned(picture, 'horizontal', False).tolist() == [[[138] * 3]]
