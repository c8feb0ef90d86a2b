import av
import cv2
import decord
import numpy as np
import pytest

from tests.conftest import run_tool, write_clip
from tests.datasets.test_video import UNEVEN_TIMES, brightness, trimmed, write


def frames(path):
    return (
        decord.VideoReader(str(path)).get_batch(range(len(decord.VideoReader(str(path))))).asnumpy()
    )


def resize(*args):
    return run_tool('tools/data/resize_clips.py', *args)


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / 'clips'
    (source / 'deep').mkdir(parents=True)
    write_clip(source / 'deep/large.mp4', 11, size=128)
    write_clip(source / 'small.mp4', 7, size=40)
    return source


def test_copies_have_every_frame_at_the_new_size(folder, tmp_path):
    done = resize(folder, tmp_path / 'out', '--short-side', 64)
    assert done.returncode == 0, done.stderr
    assert '1 copied' in done.stdout and '1 resized' in done.stdout
    large, copy = frames(folder / 'deep/large.mp4'), frames(tmp_path / 'out/deep/large.mp4')
    assert copy.shape == (11, 64, 64, 3)
    expected = [cv2.resize(frame, (64, 64), interpolation=cv2.INTER_AREA) for frame in large]
    assert np.abs(copy.astype(int) - np.stack(expected)).mean() < 4
    order = copy.mean((1, 2, 3))
    assert (np.diff(order) > 0).all()  # frame t has brightness 10 + 8 t
    assert (tmp_path / 'out/small.mp4').read_bytes() == (folder / 'small.mp4').read_bytes()


def test_copies_are_not_as_wide_as_decord_cannot_read(folder, tmp_path):
    resize(folder, tmp_path / 'out', '--short-side', 72)
    assert frames(tmp_path / 'out/deep/large.mp4').shape == (11, 72, 74, 3)


def test_goes_on_where_it_was_stopped(folder, tmp_path):
    out = tmp_path / 'out'
    resize(folder, out, '--short-side', 64)
    before = (out / 'deep/large.mp4').stat().st_mtime_ns
    (out / 'small.mp4').unlink()
    (out / 'deep/other.part.mp4').write_bytes(b'half of a copy')
    done = resize(folder, out, '--short-side', 64)
    assert '1 there already' in done.stdout and '1 copied' in done.stdout
    assert (out / 'deep/large.mp4').stat().st_mtime_ns == before


def test_key_frames_are_close(folder, tmp_path):
    resize(folder, tmp_path / 'out', '--short-side', 64, '--gop', 3)
    with av.open(str(tmp_path / 'out/deep/large.mp4')) as container:
        keys = [i for i, f in enumerate(container.decode(video=0)) if f.key_frame]
    assert keys == [0, 3, 6, 9]


def test_a_broken_clip_is_named_and_the_others_are_done(folder, tmp_path):
    (folder / 'broken.mp4').write_bytes(b'no video')
    done = resize(folder, tmp_path / 'out', '--short-side', 64)
    assert done.returncode == 1
    assert 'broken.mp4: ' in done.stderr and '1 failed' in done.stdout
    assert (tmp_path / 'out/deep/large.mp4').is_file()
    assert not list((tmp_path / 'out').glob('broken*'))


@pytest.mark.parametrize('name', ['a.avi', 'a.mpg'])
def test_frames_of_a_copy_are_found_whatever_its_suffix(tmp_path, name):
    (tmp_path / 'clips').mkdir()
    write(tmp_path / 'clips' / name, 'mpeg2video', dict(g='12'))
    assert resize(tmp_path / 'clips', tmp_path / 'out', '--short-side', 32).returncode == 0
    asked = [3, 17, 31, 44]
    reader = decord.VideoReader(str(tmp_path / 'out' / name), num_threads=1)
    assert brightness(reader.get_batch(asked).asnumpy()) == asked


def test_a_copy_shows_at_each_second_what_the_clip_shows(tmp_path):
    (tmp_path / 'clips').mkdir()
    times = UNEVEN_TIMES  # frame 15 at 1.5 s, then one each 0.4 s
    write(tmp_path / 'clips/a.mp4', number=30, times=times)
    assert resize(tmp_path / 'clips', tmp_path / 'out', '--short-side', 64).returncode == 0
    reader = decord.VideoReader(str(tmp_path / 'out/a.mp4'), num_threads=1)
    assert (len(reader), reader.get_avg_fps()) == (72, 10)
    wanted = [np.flatnonzero(t / 10 + 1e-6 >= times)[-1] for t in range(72)]
    assert brightness(reader.get_batch(range(72)).asnumpy()) == wanted


def test_a_copy_of_a_trimmed_clip(tmp_path):
    (tmp_path / 'clips').mkdir()
    source = write(tmp_path / 'whole.mp4', number=30, times=UNEVEN_TIMES)
    trimmed(tmp_path / 'clips/a.mp4', source, 0.35)
    assert resize(tmp_path / 'clips', tmp_path / 'out', '--short-side', 32).returncode == 0
    reader = decord.VideoReader(str(tmp_path / 'out/a.mp4'), num_threads=1)
    points = 0.4 + np.arange(len(reader)) / reader.get_avg_fps()
    wanted = [np.flatnonzero(t + 1e-6 >= UNEVEN_TIMES)[-1] for t in points]
    assert brightness(reader.get_batch(range(len(reader))).asnumpy()) == wanted


@pytest.mark.parametrize('space', [1, 5])  # BT.709, as HD is; BT.601
@pytest.mark.parametrize('levels', [1, 2])  # limited; full, as phones write
def test_colours_stay(tmp_path, space, levels):
    (tmp_path / 'clips').mkdir()
    with av.open(str(tmp_path / 'clips/a.mp4'), 'w') as file:
        stream = file.add_stream('libx264', rate=25, width=64, height=64, pix_fmt='yuv420p')
        stream.codec_context.colorspace, stream.codec_context.color_range = space, levels
        for _ in range(5):
            red = av.VideoFrame.from_ndarray(np.full((64, 64, 3), (200, 40, 60), np.uint8))
            file.mux(stream.encode(red.reformat(format='yuv420p', dst_color_range=levels)))
        file.mux(stream.encode(None))
    resize(tmp_path / 'clips', tmp_path / 'out', '--short-side', 32)
    one, other = (
        frames(tmp_path / folder / 'a.mp4').mean((0, 1, 2)) for folder in ('clips', 'out')
    )
    assert np.abs(one - other).max() < 3


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (['missing', 'out'], 'no such folder'),
        (['clips', 'clips'], 'the originals are never overwritten'),
        (['clips', 'out', '--short-side', '63'], 'wants an even number'),
        (['empty', 'out'], 'no video'),
    ],
)
def test_wrong_input(folder, tmp_path, args, message):
    (tmp_path / 'empty').mkdir()
    done = resize(*[tmp_path / a if i < 2 else a for i, a in enumerate(args)])
    assert done.returncode != 0 and message in done.stderr
    assert 'Traceback' not in done.stderr
