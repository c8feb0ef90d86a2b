import csv
import hashlib

import cv2
import numpy as np
import pytest
import torch

from sefar.datasets import read_class_names, read_clip_list
from sefar.models.actor_mix import background, moving
from sefar.preparation.synthgym.athlete import JOINTS, SEGMENTS, perform
from sefar.preparation.synthgym.build import Job, build, draw_clip, render_clip
from sefar.preparation.synthgym.elements import ELEMENTS
from sefar.preparation.synthgym.scene import render

BONES = [
    (f'{side}_{a}', f'{side}_{b}', bone)
    for side in 'lr'
    for a, b, bone in (
        ('hip', 'knee', 'thigh'),
        ('knee', 'foot', 'shank'),
        ('shoulder', 'elbow', 'upper_arm'),
        ('elbow', 'hand', 'forearm'),
    )
]


def partner(label):
    """The class that differs in direction alone."""
    return next(
        i
        for i, e in enumerate(ELEMENTS)
        if e._replace(direction='') == ELEMENTS[label]._replace(direction='') and i != label
    )


def test_classes_have_three_levels_and_their_names():
    assert len(ELEMENTS) == 18 and len({e.name for e in ELEMENTS}) == 18
    assert {e.event for e in ELEMENTS} == {'FX', 'UB'}
    assert {e.shape for e in ELEMENTS} == {'tucked', 'piked', 'stretched'}
    assert {e.turns for e in ELEMENTS} == {0.5, 1.0, 1.5}
    assert '(FX) salto backward tucked with 1.5 turn' in [e.name for e in ELEMENTS]


@pytest.mark.parametrize('label', range(18))
def test_limbs_keep_their_length_and_the_body_turns_as_named(label):
    element = ELEMENTS[label]
    motion = perform(element, 200, np.random.default_rng(label))
    for a, b, bone in BONES:
        lengths = np.linalg.norm(motion.joints[a] - motion.joints[b], axis=1)
        assert lengths.std() < 1e-9
        assert 0.8 * SEGMENTS[bone] < lengths[0] < 1.2 * SEGMENTS[bone]
    assert np.allclose(np.linalg.norm(motion.front, axis=1), 1)
    # Angle of the chest about the body's own left axis, summed over the clip.
    left = motion.joints['l_hip'][0] - motion.joints['r_hip'][0]
    left /= np.linalg.norm(left)
    u = motion.front
    angle = np.arctan2(np.cross(u[:-1], u[1:]) @ left, (u[:-1] * u[1:]).sum(1)).sum()
    sign = 1 if element.direction == 'forward' else -1
    assert angle / (2 * np.pi) == pytest.approx(sign * element.turns, abs=0.03)


@pytest.mark.parametrize('label', range(18))
def test_backward_is_forward_played_backwards(label):
    """Drawn with the same numbers; the phase of the first frame is half a frame in both."""

    class HalfFrame:
        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)
            self.calls = 0

        def uniform(self, low, high, size=None):
            value = self.rng.uniform(low, high, size)
            return 0.5 if (low, high, size) == (0, 1, None) else value

        def choice(self, options):
            return self.rng.choice(options)

    there = perform(ELEMENTS[label], 31, HalfFrame(label % 3))
    back = perform(ELEMENTS[partner(label)], 31, HalfFrame(label % 3))
    for joint in JOINTS:
        np.testing.assert_allclose(there.joints[joint], back.joints[joint][::-1], atol=1e-9)
    np.testing.assert_allclose(there.front, back.front[::-1], atol=1e-9)


@pytest.mark.parametrize('moving_camera', [False, True])
def test_framing_tells_nothing_of_the_class(moving_camera):
    """Camera and scale are drawn without looking at the motion."""
    clips = [
        render(
            perform(ELEMENTS[label], 24, np.random.default_rng(1)),
            64,
            False,
            np.random.default_rng(7),
            moving_camera,
        )
        for label in (0, 2)  # half a turn and one and a half
    ]
    corners = [clip[:, :8, :8].astype(int) for clip in clips]
    assert np.abs(corners[0] - corners[1]).mean() < 2  # the same background, moving alike


def test_clips_vary_and_move():
    first, second = (draw_clip(3, 64, np.random.default_rng(seed)) for seed in (0, 1))
    assert first.shape[1:] == (64, 64, 3) and first.dtype == np.uint8
    assert 24 <= len(first) <= 44
    assert np.abs(first[0].astype(int) - second[0]).mean() > 5
    assert np.abs(first[0].astype(int) - first[len(first) // 2]).mean() > 2


def test_what_moves_is_the_athlete_or_before_a_moving_camera_much_else():
    for moving_camera, least, most in ((False, 0.02, 0.12), (True, 0.2, 0.6)):
        frames = draw_clip(3, 64, np.random.default_rng(5), moving_camera)[::4][:8]
        clips = (torch.from_numpy(frames).permute(3, 0, 1, 2)[None, None] - 114.75) / 57.375
        share = moving(clips, background(clips), 0.35).float().mean().item()
        assert least < share < most


def digest(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


def test_same_seed_same_bytes_and_lists_that_fit(tmp_path):
    sizes = dict(train=10, val=1, test=1, size=48)
    counts = build(tmp_path / 'a', **sizes)
    build(tmp_path / 'b', **sizes, workers=1)
    build(tmp_path / 'c', **sizes, seed=1)
    a, b, c = (digest(tmp_path / name) for name in 'abc')
    assert a == b
    assert all(a[name] != c[name] for name in a if name.endswith('.mp4'))
    with pytest.raises(ValueError, match='was made with'):
        build(tmp_path / 'a', **sizes, moving_camera=True)

    assert counts == {
        'train': 180,
        'val': 18,
        'test': 18,
        'labelled_05p': 18,
        'unlabelled_05p': 162,
        'labelled_10p': 18,
        'unlabelled_10p': 162,
        'labelled_20p': 36,
        'unlabelled_20p': 144,
    }
    lists = {name: read_clip_list(str(tmp_path / 'a' / f'{name}.txt'), 18) for name in counts}
    for name, entries in lists.items():
        labels = np.bincount([entry.label for entry in entries], minlength=18)
        assert len(set(labels)) == 1, name  # balanced
        assert all((tmp_path / 'a/videos' / entry.path).is_file() for entry in entries)
    for rate in ('05p', '10p', '20p'):
        parts = [{e.path for e in lists[f'{kind}_{rate}']} for kind in ('labelled', 'unlabelled')]
        assert not parts[0] & parts[1]
        assert parts[0] | parts[1] == {e.path for e in lists['train']}
    assert read_class_names(str(tmp_path / 'a/classes.txt')) == [e.name for e in ELEMENTS]
    with open(tmp_path / 'a/hierarchy.csv') as file:
        rows = list(csv.DictReader(file))
    assert rows[0]['event'] == 'FX' and rows[-1]['set'] == 'giant circles'


def test_second_run_keeps_what_is_there(tmp_path):
    sizes = dict(train=1, val=1, test=1, size=48)
    build(tmp_path, **sizes)
    clip = tmp_path / 'videos/train_00_000.mp4'
    stamp = clip.stat().st_mtime_ns
    (tmp_path / 'videos/train_01_000.mp4').unlink()
    build(tmp_path, **sizes)
    assert clip.stat().st_mtime_ns == stamp
    assert (tmp_path / 'videos/train_01_000.mp4').exists()
    assert not list(tmp_path.rglob('*.part.mp4'))


def test_a_clip_that_the_disk_had_no_room_for_is_not_taken_for_one(tmp_path, monkeypatch):
    video_writer = cv2.VideoWriter

    class FullDisk:
        fourcc = video_writer.fourcc

        def __init__(self, *args):
            self.writer, self.room = video_writer(*args), 8
            self.isOpened, self.release = self.writer.isOpened, self.writer.release

        def write(self, frame):
            if self.room:
                self.writer.write(frame)
                self.room -= 1

    monkeypatch.setattr(cv2, 'VideoWriter', FullDisk)
    with pytest.raises(OSError, match=r'8 of \d+ frames could be written; is the disk full'):
        render_clip(Job(tmp_path / 'a.mp4', 0, 48, 15, (0, 0)))
    assert not list(tmp_path.iterdir())


def test_other_options_do_not_mix_with_what_is_there(tmp_path):
    build(tmp_path, train=1, val=1, test=1, size=48)
    with pytest.raises(ValueError, match='was made with .* delete it'):
        build(tmp_path, train=1, val=1, test=1, size=48, seed=1)
