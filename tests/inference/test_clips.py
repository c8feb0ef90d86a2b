import math
import shutil

import cv2
import decord
import numpy as np
import pytest
from mmcv.transforms import Compose

from sefar.datasets.clip_parts import Part, frames_of, part_of
from sefar.datasets.transforms import ClipInit, LimitShortSide
from sefar.inference import Clip, clip_sources, find, windows
from tests.conftest import write_clip

OPEN = [dict(type='ClipInit'), dict(type='DualLevelSampleFrames', test_mode=True)]


def decoded(filename, **options):
    steps = [dict(OPEN[0], **options), OPEN[1], dict(type='DecordDecode')]
    info = dict(filename=str(filename), label=-1, start_index=0, modality='RGB')
    return np.stack(Compose(steps)(info)['imgs'])


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Two videos, one of them a folder below, and a folder of frames."""
    root = tmp_path_factory.mktemp('mixed')
    (root / 'below').mkdir()
    (root / 'frames').mkdir()
    write_clip(root / 'a.mp4', 45, ramp=(10, 230))  # 3 seconds at 15 a second
    write_clip(root / 'below/b.mp4', 12)
    for number in (1, 2, 10, 3):
        image = np.full((20, 30, 3), 20 * number, np.uint8)
        cv2.imwrite(str(root / f'frames/{number}.png'), image)
    return root


def test_parts_by_hand():
    assert part_of('x/a.mp4#t=1.5-4') == Part('x/a.mp4', 1.5, 4)
    assert str(part_of('x/a.mp4#t=1.5-4')) == 'x/a.mp4#t=1.5-4'
    assert part_of('a#t=b.mp4') == Part('a#t=b.mp4')
    assert frames_of(Part('a'), 45, 15) == (0, 45)
    assert frames_of(Part('a', 1, 2), 45, 15) == (15, 15)
    assert frames_of(Part('a', 0.1, 0.2), 45, 15) == (2, 1)  # frames 0 and 1 begin before it
    assert frames_of(Part('a', 2.5, 3.9), 45, 15) == (38, 7)  # within rounding
    for part, fps, message in (
        (Part('a', 3, 4), 15, 'holds no frame; a has 3.00 seconds'),
        (Part('a', 0, 45), 15, 'ends after a, which has 3.00 seconds; wanted seconds'),
        (Part('a', 0, 1), 0, 'is a folder of frames, or'),
    ):
        with pytest.raises(ValueError, match=message):
            frames_of(part, 45, fps)
    with pytest.raises(ValueError, match='ends before it starts'):
        part_of('a.mp4#t=4-1')


def test_a_part_is_the_clip_cut_out(folder):
    whole = decord.VideoReader(str(folder / 'a.mp4')).get_batch(range(45)).asnumpy()
    points = (np.array([1, 5, 3, 7, 0, 2, 4, 6]) + 0.5) / 8
    centres = (points * 15).astype(int)
    np.testing.assert_array_equal(decoded(f'{folder}/a.mp4#t=1-2'), whole[15:30][centres])
    thinned = whole[::3][5:15][(points * 10).astype(int)]
    np.testing.assert_array_equal(decoded(f'{folder}/a.mp4#t=1-3', fps=5), thinned)


def test_a_folder_of_frames_is_a_clip(folder):
    shades = decoded(folder / 'frames')[:, 0, 0, 0]
    in_time = np.argsort([1, 5, 3, 7, 0, 2, 4, 6])
    assert shades[in_time].tolist() == [20, 20, 40, 40, 60, 60, 200, 200]


def test_frames_of_two_sizes_are_told(folder):
    cv2.imwrite(str(folder / 'frames/4.png'), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(OSError, match=r'frames: frames of \[\(9, 9\), \(20, 30\)\]'):
        decoded(folder / 'frames')


@pytest.mark.parametrize('name', ['nothing.mp4', 'below'])
def test_what_is_no_clip_is_told(folder, name):
    with pytest.raises((OSError, ValueError), match=f'{name}: (no such video|a folder without)'):
        ClipInit().transform(dict(filename=str(folder / name)))


def test_limit_short_side_enlarges_nothing():
    big, small = np.zeros((60, 90, 3), np.uint8), np.zeros((20, 30, 3), np.uint8)
    limit = LimitShortSide(40)
    assert limit.transform(dict(imgs=[big]))['imgs'][0].shape == (40, 60, 3)
    assert limit.transform(dict(imgs=[small]))['imgs'][0].shape == (20, 30, 3)


def test_sources_of_every_kind(folder, tmp_path):
    (tmp_path / 'list.txt').write_text('a.mp4 2\nbelow/b.mp4\n')
    a, b = str(folder / 'a.mp4'), str(folder / 'below/b.mp4')
    assert find([a]) == [Clip(a, a)]
    frames = str(folder / 'frames')
    assert find([frames]) == [Clip(frames, frames)]
    assert find([str(folder)]) == [Clip('a.mp4', a), Clip('below/b.mp4', b), Clip('frames', frames)]
    listed = find([str(tmp_path / 'list.txt')], str(folder))
    assert listed == [Clip('a.mp4', a, 2), Clip('below/b.mp4', b, -1)]
    assert [clip.filename for clip in find([f'{folder}/**/*.mp4', a])] == [a, b]


def test_a_clip_of_two_lists_has_one_label(folder, tmp_path):
    for name, lines in dict(known='a.mp4 2', unknown='a.mp4', other='a.mp4 1').items():
        (tmp_path / f'{name}.txt').write_text(f'{lines}\n')
    known, unknown, other = (str(tmp_path / f'{n}.txt') for n in ('known', 'unknown', 'other'))
    for lists in ((known, unknown), (unknown, known)):
        assert [clip.label for clip in find(lists, str(folder))] == [2]
    with pytest.raises(ValueError, match='other.txt: a.mp4: label 1, and 2 before; keep one'):
        find([known, other], str(folder))


def test_videos_of_other_formats_are_told(folder, tmp_path, capsys):
    shutil.copy(folder / 'a.mp4', tmp_path)
    for name in ('b.ts', 'c.MTS', 'd.ts'):
        (tmp_path / name).write_bytes(b'x')
    assert [clip.name for clip in find([str(tmp_path)])] == ['a.mp4']
    assert 'passed over: 3 (.mts, .ts); write them again as .mp4' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('name', 'message'),
    [('*.mp4', 'no such clip, folder or list'), ('notes.pdf', 'neither a video'), ('', 'no video')],
)
def test_sources_that_are_none_are_told(tmp_path, name, message):
    (tmp_path / 'notes.pdf').write_text('x')
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        find([str(tmp_path / name)])


@pytest.mark.parametrize('fps', [15, 23.976, 24, 29.97, 30])
def test_windows_end_whatever_the_rate(monkeypatch, fps):
    """Borders are whole milliseconds in names alone; rounded before, they never reach the end."""
    for frames in range(60, 130):
        monkeypatch.setattr(clip_sources, 'open_clip', lambda path, n=frames: (range(n), fps))
        duration = frames / fps
        made = [part_of(w.filename) for w in windows(Clip('a', 'a'), 2, 1)]
        assert made[0].start == 0 and made[-1].end == pytest.approx(duration, abs=1e-3)
        assert len(made) == 1 + max(0, math.ceil(duration - 2 - 1e-6))


def test_a_picture_beside_videos_makes_no_clip_of_their_folder(tmp_path):
    (tmp_path / 'below').mkdir()
    for place in (tmp_path, tmp_path / 'below'):
        write_clip(place / 'a.mp4')
        cv2.imwrite(str(place / 'poster.jpg'), np.zeros((8, 8, 3), np.uint8))
    assert [clip.name for clip in find([str(tmp_path)])] == ['a.mp4', 'below/a.mp4']
    (tmp_path / 'a.mp4').unlink()
    (tmp_path / '._a.jpg').write_text('of macOS')
    assert [clip.name for clip in find([str(tmp_path)])] == ['below/a.mp4']
    (tmp_path / 'below/a.mp4').unlink()  # frames, and their masks
    assert find([str(tmp_path)]) == [Clip(str(tmp_path), str(tmp_path))]


def test_windows_cover_the_video_and_end_with_it(folder):
    clip = Clip('a.mp4', str(folder / 'a.mp4'))
    parts = [part_of(w.filename)[1:] for w in windows(clip, 1.25, 0.75)]
    assert parts == [(0, 1.25), (0.75, 2), (1.5, 2.75), (1.75, 3)]
    assert [part_of(w.filename)[1:] for w in windows(clip, 9, 1)] == [(0, 3)]
    with pytest.raises(ValueError, match='wanted seconds above 0'):
        windows(clip, 0, 1)
    within = Clip('part', f'{folder}/a.mp4#t=0.5-2.5')
    parts = [part_of(w.filename) for w in windows(within, 1.25, 0.5)]
    assert parts == [Part(str(folder / 'a.mp4'), *s) for s in ((0.5, 1.75), (1, 2.25), (1.25, 2.5))]
    rounded = Clip('part', f'{folder}/a.mp4#t=2-3.4')  # of 3 seconds
    assert [part_of(w.filename)[1:] for w in windows(rounded, 0.5, 0.5)] == [(2, 2.5), (2.5, 3)]
    with pytest.raises(ValueError, match='frames: is a folder of frames, .* leave --windows out'):
        windows(Clip('frames', str(folder / 'frames')), 1, 1)
    (folder / 'text.mp4').write_text('no video')
    broken = Clip('t', str(folder / 'text.mp4'))
    assert windows(broken, 1, 1) == [broken]  # a line of its own says why
