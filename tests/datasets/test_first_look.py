"""The first look at clips, and decoders that are stuck or loud."""

import json
import os
import subprocess
import sys
import textwrap

import cv2
import numpy as np
import pytest

from sefar.datasets import first_look, video
from sefar.datasets.clip_parts import open_clip
from sefar.datasets.first_look import look_at
from tests.conftest import write_clip


@pytest.fixture
def folder(tmp_path):
    write_clip(tmp_path / 'good.mp4', 30)  # two seconds
    content = (tmp_path / 'good.mp4').read_bytes()
    (tmp_path / 'half.mp4').write_bytes(content[: len(content) // 2])
    (tmp_path / 'text.mp4').write_text('no video')
    os.mkfifo(tmp_path / 'pipe.mp4')
    (tmp_path / 'frames').mkdir()
    cv2.imwrite(str(tmp_path / 'frames/1.png'), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / 'frames/2.png').write_text('no image')
    return tmp_path


def test_what_can_be_read_and_what_cannot(folder):
    names = ('good.mp4', 'half.mp4', 'text.mp4', 'frames', 'good.mp4#t=1-2', 'good.mp4#t=5-6')
    clips = [str(folder / name) for name in names]
    found = look_at([*clips, str(folder / 'gone.mp4')], cache=folder / 'seen.json')
    assert [os.path.basename(clip) for clip in found] == [
        *('gone.mp4', 'half.mp4', 'text.mp4', 'good.mp4#t=5-6')
    ]
    assert 'holds no frame' in found[clips[-1]]
    seen = json.loads((folder / 'seen.json').read_text())
    assert sorted(seen.values()) == [[1 + 1, 0.0], [30, 15.0]]
    assert look_at([clips[3]], last=True, cache=folder / 'seen.json')  # the second image is none


def test_a_decoder_that_is_stuck_costs_its_clip_alone(folder):
    clips = [str(folder / name) for name in ('pipe.mp4', 'good.mp4')]
    found = look_at(clips, cache=folder / 'seen.json', workers=1, limit=2)
    assert found == {clips[0]: 'the decoder was still at it after 2 s'}


def test_a_decoder_that_dies_costs_its_clip_alone(folder, monkeypatch):
    probe = folder / 'probe.py'
    probe.write_text(
        first_look.PROBE.read_text().replace(
            'reader = open_video', "if 'half' in file: sys.exit(7)\n            reader = open_video"
        )
    )
    monkeypatch.setattr(first_look, 'PROBE', probe)
    clips = [str(folder / name) for name in ('half.mp4', 'good.mp4')]
    found = look_at(clips, cache=folder / 'seen.json', workers=1)
    assert found == {clips[0]: 'the decoder died of it (exit status 7)'}


def test_a_second_look_opens_nothing(folder, monkeypatch):
    clips = [str(folder / 'good.mp4')]
    assert not look_at(clips, cache=folder / 'seen.json')
    monkeypatch.setattr(first_look, 'PROBE', folder / 'nowhere.py')
    assert not look_at(clips, cache=folder / 'seen.json')
    write_clip(folder / 'good.mp4', 31)
    assert look_at(clips, cache=folder / 'seen.json')


def test_a_decoder_complains_to_a_file(folder, capfd, monkeypatch):
    monkeypatch.setenv(video.LOG, str(folder / 'decoder.txt'))
    with pytest.raises(RuntimeError, match='half'):
        open_clip(str(folder / 'half.mp4'))
    os.write(2, b'heard again')
    assert capfd.readouterr().err == 'heard again'
    assert 'half.mp4' in (folder / 'decoder.txt').read_text()


def test_a_decoder_that_is_stuck_ends_the_process(folder):
    script = textwrap.dedent("""
        import sys, time
        from sefar.datasets import video
        video.LIMIT = 1
        with video.decoder_at_work('slow.mp4'):
            time.sleep(30)
    """)
    done = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, timeout=25, check=False
    )
    assert done.returncode == 1
    assert done.stderr.endswith(
        'slow.mp4: the decoder was still at it after 1 s; take the clip out\n'
    )
