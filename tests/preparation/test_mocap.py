"""Lists of the mocap grounds, from a data set of twelve clips a class."""

from itertools import product

import pytest

from sefar.preparation.mocap import HELD_STYLES, make_mocap

STYLES = ('normal', 'active', *HELD_STYLES)


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / 'mocap'
    (folder / 'videos').mkdir(parents=True)
    (folder / 'videos_studio').mkdir()
    (folder / 'classes.txt').write_text('walk\nrun\n')
    clips = [
        f'{action}_{style}_{number:03d}.mp4 {label}'
        for (label, action), style, number in product(enumerate(('walk', 'run')), STYLES, range(6))
    ]
    for protocol in ('random', 'new_styles'):
        lists = folder / f'lists_{protocol}'
        lists.mkdir()
        (lists / 'train.txt').write_text('\n'.join(clips))
        (lists / 'test.txt').write_text('walk_elderly_000.mp4 0\n')
        for share in (5, 10, 20):
            (lists / f'labeled_{share:02d}p.txt').write_text('\n'.join(clips[::2]))
    return folder


def lines(path):
    return path.read_text().splitlines()


def test_new_styles_are_settled_on_styles_of_training(source, tmp_path):
    out = tmp_path / 'out'
    make_mocap(source, out, draws=2)
    everything = {line.split()[0] for line in lines(source / 'lists_new_styles/train.txt')}
    test = {line.split()[0] for line in lines(out / 'held_styles/test.txt')}
    assert test == {clip for clip in everything if clip.split('_')[1] in HELD_STYLES}
    for draw in range(2):
        whole, held = (out / p / f'draw_{draw}' for p in ('new_styles', 'held_styles'))
        for name in ('labelled', 'unlabelled', 'kept', 'val'):
            wanted = [x for x in lines(whole / f'{name}_10p.txt') if x.split()[0] not in test]
            assert lines(held / f'{name}_10p.txt') == wanted and wanted
        parts = [set(lines(held / f'{name}_10p.txt')) for name in ('kept', 'val', 'labelled')]
        assert parts[0] | parts[1] == parts[2] and not parts[0] & parts[1]
    draws = [set(lines(out / f'random/draw_{draw}/labelled_10p.txt')) for draw in range(2)]
    assert len(draws[0]) == len(draws[1]) == 24 and draws[0] != draws[1]


def test_clips_of_another_copy_are_told(source, tmp_path):
    make_mocap(source, tmp_path / 'out', 1)
    make_mocap(source, tmp_path / 'out', 1)
    moved = source.rename(tmp_path / 'moved')
    with pytest.raises(ValueError, match=r'out/videos: leads to .*/mocap/videos, not to .*/moved/'):
        make_mocap(moved, tmp_path / 'out', 1)


def test_another_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='is not the folder of mocap_gestures'):
        make_mocap(tmp_path, tmp_path / 'out', 1)
