"""Frames of videos as other programs write them."""

from fractions import Fraction

import av
import decord
import numpy as np
import pytest

from sefar.datasets.clip_parts import open_clip, open_part, part_of, shown_frames
from sefar.datasets.first_look import look_at
from sefar.inference.clip_sources import Clip, windows
from tests.conftest import write_clip

OPEN = dict(g='12', bf='3', b_strategy='0', sc_threshold='0', **{'x264-params': 'open-gop=1'})
WRITTEN = [
    ('a.mp4', 'libx264', {}, True),
    ('closed.mp4', 'libx264', dict(OPEN, **{'x264-params': 'open-gop=0'}), True),
    ('open.mp4', 'libx264', OPEN, False),
    ('open.mkv', 'libx264', OPEN, False),
    ('b.mp4', 'mpeg4', dict(g='12', bf='2'), False),
    ('b.avi', 'mpeg4', dict(g='12', bf='2'), False),
    ('h264.avi', 'libx264', dict(g='12', bf='0', sc_threshold='0'), False),
    ('a.mpg', 'mpeg2video', dict(g='12'), False),
]
AV1 = 'libsvtav1'
UNEVEN_TIMES = np.cumsum([0, *[0.1] * 15, *[0.4] * 14])  # (30, )


def brightness(frames):
    """Number of each frame, which its brightness tells, see :func:`write`."""
    return np.round((frames.mean((1, 2, 3)) - 20) / 4).astype(int).tolist()


def write(path, codec='libx264', options=None, number=50, times=None, shade=None):
    """A video whose frame t has the grey 20 + 4 t, at 25 a second or at ``times``."""
    with av.open(str(path), 'w') as file:
        stream = file.add_stream(codec, rate=25, width=64, height=64, pix_fmt='yuv420p')
        stream.codec_context.time_base = Fraction(1, 100 if times is not None else 25)
        stream.options = options or {}
        if codec != AV1:
            stream.bit_rate = 8_000_000  # each grey is kept
        for t in range(number):
            grey = np.full((64, 64, 3), 20 + 4 * t if shade is None else shade, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format='rgb24')
            frame.time_base = stream.codec_context.time_base
            frame.pts = t if times is None else round(100 * times[t])
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return str(path)


@pytest.mark.parametrize(('name', 'codec', 'options', 'found_by_decord'), WRITTEN)
def test_a_frame_that_is_asked_for_is_the_one_that_is_read(
    tmp_path, name, codec, options, found_by_decord
):
    file = write(tmp_path / name, codec, options)
    asked = [30, 3, 17, 31, 44, 17, 49]
    reader, fps = open_clip(file)
    assert len(reader) == 50 and fps == 25
    assert brightness(reader.get_batch(asked).asnumpy()) == asked
    assert brightness(reader.get_batch(np.arange(20, 30)).asnumpy()) == list(range(20, 30))
    assert brightness(reader.get_batch([-1, 2]).asnumpy()) == [49, 2]
    each = [open_clip(file)[0].get_batch([t]).asnumpy() for t in range(50)]
    assert brightness(np.concatenate(each)) == list(range(50))
    plain = [decord.VideoReader(file, num_threads=1).get_batch([t]).asnumpy() for t in range(50)]
    found = brightness(np.concatenate(plain)) == list(range(50))
    assert found == found_by_decord  # else the case shows nothing


@pytest.mark.skipif(AV1 not in av.codecs_available, reason='PyAV writes no AV1 here')
@pytest.mark.parametrize('name', ['a.mp4', 'a.webm'])
def test_av1_is_read_frame_by_frame_from_its_key_frames(tmp_path, name):
    file = write(tmp_path / name, AV1, dict(g='12', preset='12', crf='5'))
    with pytest.raises(decord.DECORDError):  # else the case shows nothing
        decord.VideoReader(file)
    reader, fps = open_clip(file, threads=2)
    assert len(reader) == 50 and fps == 25
    np.testing.assert_allclose(reader.times(), np.arange(50) / 25, atol=2e-3)
    for asked in ([30, 3, 17, 31, 44, 17, 49], range(20, 30), [49], [0], [25, 26]):
        assert brightness(reader.get_batch(asked).asnumpy()) == list(asked)
    assert brightness(reader.get_batch([-1, 2]).asnumpy()) == [49, 2]
    decoded, decode = [], reader.reader.container.decode

    class Counted:  # a container cannot be patched
        seek = reader.reader.container.seek

        def decode(self, stream):
            for frame in decode(stream):
                decoded.append(frame.pts)
                yield frame

    reader.reader.container = Counted()
    reader.get_batch([37, 40])
    assert len(decoded) <= 6  # key frames: 0, 12, 24, 36, 48, or near them
    with pytest.raises(IndexError):
        reader.get_batch([50])
    assert look_at([file], last=True, cache=tmp_path / 'cache.json') == {}
    part, first, total, _ = open_part(f'{file}#t=0.4-0.8')
    assert brightness(part.get_batch(np.arange(first, first + total)).asnumpy()) == [*range(10, 20)]


@pytest.mark.skipif(AV1 not in av.codecs_available, reason='PyAV writes no AV1 here')
def test_av1_that_is_cut_off_is_refused(tmp_path):
    file = tmp_path / 'a.webm'
    write(file, AV1, dict(g='12', preset='12', crf='5'))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 8])
    said = look_at([str(file)], last=True, cache=tmp_path / 'cache.json')
    assert list(said) == [str(file)]


def test_numbers_that_are_no_frames(tmp_path):
    file = write(tmp_path / 'h264.avi', 'libx264', dict(g='12', bf='0', sc_threshold='0'))
    reader, _ = open_clip(file)
    assert reader.get_batch([]).shape[0] == 0
    for numbers in ([50], [120], [-51]):
        with pytest.raises(IndexError):
            reader.get_batch(numbers)


def test_a_video_that_is_read_in_order_is_opened_once(tmp_path, monkeypatch):
    file = write(tmp_path / 'h264.avi', 'libx264', dict(g='12', bf='0', sc_threshold='0'))
    reader, _ = open_clip(file, fps=12)
    opened = []
    monkeypatch.setattr(decord, 'VideoReader', lambda *args, **named: opened.append(args))
    numbers = np.floor(np.arange(24) * 25 / 12).astype(int).tolist()
    found = [brightness(reader.get_batch(some).asnumpy()) for some in np.split(np.arange(24), 4)]
    assert sum(found, []) == numbers and not opened


def trimmed(path, source, start):
    """A copy without what comes before ``start`` s, as phones trim: an edit list hides the rest."""
    with av.open(source) as old, av.open(str(path), 'w') as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        first = round(start / old.streams.video[0].time_base)
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream, packet.pts, packet.dts = (
                    stream,
                    packet.pts - first,
                    packet.dts - first,
                )
                new.mux(packet)
    return str(path)


def test_seconds_of_a_trimmed_video(tmp_path):
    even = trimmed(tmp_path / 'even.mp4', write(tmp_path / 'a.mp4'), 0.2)
    reader, fps = open_clip(even)
    assert fps == pytest.approx(25) and brightness(reader.get_batch([0, 7, 30]).asnumpy()) == [
        5,
        12,
        35,
    ]
    source = write(tmp_path / 'b.mp4', number=30, times=UNEVEN_TIMES)
    reader, fps = open_clip(trimmed(tmp_path / 'uneven.mp4', source, 0.35))
    assert fps == 0
    thinned, _ = open_clip(str(tmp_path / 'uneven.mp4'), fps=2)
    wanted = [np.flatnonzero(0.4 + t / 2 + 1e-6 >= UNEVEN_TIMES)[-1] for t in range(14)]
    assert brightness(thinned.get_batch(np.arange(14)).asnumpy()) == wanted


def test_a_title_in_another_encoding_is_no_fault(tmp_path):
    path = write_clip(tmp_path / 'a.mp4', 12)
    raw = path.read_bytes()
    assert raw.count(b'Lavf') == 1
    path.write_bytes(raw.replace(b'Lavf', b'L\xe9vf'))
    assert open_clip(str(path))[0].get_batch([3]).shape == (1, 40, 40, 3)


def test_which_frame_is_shown_when():
    times = np.array([0, 0.1, 0.2, 1.0])
    assert shown_frames(times, 5).tolist() == [0, 2, 2, 2, 2, 3]
    assert shown_frames(np.arange(8) / 30, 15).tolist() == [0, 2, 4, 6]
    assert shown_frames(np.zeros(1), 15).tolist() == [0]


def test_seconds_of_frames_that_come_unevenly_say_nothing(tmp_path):
    file = write(tmp_path / 'a.mp4', number=30, times=UNEVEN_TIMES)
    reader, fps = open_clip(file)
    assert (len(reader), fps) == (30, 0)
    for part in (f'{file}#t=1-2', Clip('a.mp4', file)):
        with pytest.raises(ValueError, match=r'uneven rate.*; tools/data/resize_clips.py writes'):
            windows(part, 1, 1) if isinstance(part, Clip) else open_part(part)
    problems = look_at([file, f'{file}#t=1-2'], cache=tmp_path / 'look.json')
    assert list(problems) == [f'{file}#t=1-2'] and 'uneven rate' in problems[f'{file}#t=1-2']
    # A rate that is asked for is an even one: frame 15 comes at 1.5 s, the last one at 7.1.
    thinned, fps = open_clip(file, fps=2)
    assert fps == 2
    wanted = [np.flatnonzero(t / 2 + 1e-6 >= UNEVEN_TIMES)[-1] for t in range(15)]
    assert brightness(thinned.get_batch(np.arange(15)).asnumpy()) == wanted


def test_the_name_of_a_part_reads_back():
    for start, end in ((1e-5, 1.0), (0.1 + 0.2, 4.0), (12345.678, 12346.0)):
        part = part_of('a.mp4')._replace(start=start, end=end)
        back = part_of(str(part))
        assert back.file == 'a.mp4'
        assert (back.start, back.end) == pytest.approx((start, end), abs=1e-9)
