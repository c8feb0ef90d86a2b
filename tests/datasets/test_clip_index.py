"""Clips are told by their files and contents, not by how a list spells them."""

import os
import shutil

import pytest

from sefar.datasets.list_checks import ClipIndex, listed, repeated, shared
from tests.conftest import write_clip


@pytest.fixture
def folder(tmp_path):
    for i in range(3):
        write_clip(tmp_path / f'{i}.mp4', 9, value=40 * i)
    (tmp_path / 'sub').mkdir()
    return tmp_path


def clip(path, label=0):
    return listed(str(path), label, 'list.txt', 1)


def test_any_path_to_a_file_is_its_clip(folder, monkeypatch):
    monkeypatch.chdir(folder)
    os.symlink(folder / '0.mp4', folder / 'sub/link.mp4')
    os.link(folder / '0.mp4', folder / 'sub/hard.mp4')
    index = ClipIndex([clip('0.mp4')])
    for path in ('./0.mp4', 'sub/../0.mp4', folder / '0.mp4', 'sub/link.mp4', 'sub/hard.mp4'):
        same = index.find(clip(path))
        assert same is not None and not same.copy and same.first.path == '0.mp4'
        assert str(same) == f'list.txt:1: {path}: the clip is also at list.txt:1: 0.mp4'
    assert index.find(clip('1.mp4')) is None and index.find(clip('absent.mp4')) is None
    assert ClipIndex([clip('absent.mp4')]).find(clip('x/../absent.mp4')) is not None


def test_a_copy_is_told_from_another_clip_of_its_size(folder):
    copy = shutil.copy(folder / '0.mp4', folder / 'sub/copy.mp4')
    other = bytearray((folder / '0.mp4').read_bytes())
    other[-1] ^= 1  # of the same size
    (folder / 'sub/other.mp4').write_bytes(bytes(other))
    found = list(shared([clip(folder / '0.mp4')], map(clip, (copy, folder / 'sub/other.mp4'))))
    assert [(same.clip.path, same.copy) for same in found] == [(str(copy), True)]
    assert 'its content is that of list.txt:1' in str(found[0])


def test_parts_are_clips_of_their_own(folder):
    video = folder / '0.mp4'
    parts = [clip(f'{video}#t={time}') for time in ('0-0.2', '0.2-0.4', '0-0.2')]
    assert [same.clip for same in repeated([clip(video), *parts])] == [parts[2]]
    copy = shutil.copy(video, folder / 'copy.mp4')
    assert ClipIndex(parts).find(clip(copy)) is None
    assert ClipIndex(parts).find(clip(f'{copy}#t=0-0.2')).copy


def test_parts_that_share_time(folder):
    video = folder / '0.mp4'
    index = ClipIndex(clip(f'{video}#t={time}') for time in ('5-6', '0-1', '2-4'))
    meets = {time: index.sharing(clip(f'{video}#t={time}')) for time in (
        '1-2', '4-5', '6-9', '0.5-0.6', '3-8', '1-2.1', '0-1')}  # fmt: skip
    assert [time for time, same in meets.items() if same is None] == ['1-2', '4-5', '6-9']
    assert meets['3-8'].first.path.endswith('2-4') and meets['3-8'].overlap
    assert not meets['0-1'].overlap and 'is also at' in str(meets['0-1'])
    assert 'it shares frames with list.txt:1' in str(index.sharing(clip(video)))
    assert ClipIndex([clip(video)]).sharing(clip(f'{folder}/sub/../0.mp4#t=1-2')).overlap
    assert index.sharing(clip(folder / '1.mp4')) is None
    gone = ClipIndex([clip('absent.mp4#t=0-2')])
    assert gone.sharing(clip('absent.mp4')) and not gone.sharing(clip('absent.mp4#t=2-3'))
