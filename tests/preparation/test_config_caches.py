"""What is decoded before a table's runs."""

from pathlib import Path

import pytest

from sefar.datasets.frame_cache import FrameCache
from sefar.preparation.config_caches import caches_of, missing, write_caches
from tests.conftest import tiny_config, write_clip


@pytest.fixture
def configs(clips, tmp_path):
    """Two of one cache; the second looks at the optical flow of its unlabelled clips."""
    root = tmp_path / 'data'
    (root / 'videos').mkdir(parents=True)
    for file in Path(clips).glob('*.txt'):
        (root / file.name).write_bytes(file.read_bytes())
    for file in Path(clips, 'videos').iterdir():
        (root / 'videos' / file.name).write_bytes(file.read_bytes())
    plain, flow = (
        tiny_config(root, tmp_path / name, name)
        for name in ('sefar_synthgym_10p', 'baselines/mvpl_synthgym_10p')
    )
    for cfg in (plain, flow):
        for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
            cfg[loader].dataset.cache = dict(folder=str(tmp_path / 'frames'))
    return root, plain, flow


def test_a_cache_is_written_where_it_lacks_something(configs, tmp_path):
    root, plain, flow = configs
    lines = [
        line.split()[0]
        for name in ('labelled', 'unlabelled', 'test')
        for line in (root / f'{name}.txt').read_text().splitlines()
    ]
    files = {str(root / 'videos' / name) for name in lines}
    ((cache, clips),) = caches_of([plain]).items()
    assert cache == (str(tmp_path / 'frames'), None, None)
    assert set(clips) == files and not any(clips.values())
    assert plain.train_dataloader.dataset.cache  # it is to be trained yet

    wanted = caches_of([plain])
    assert missing(wanted) == wanted
    (said,) = write_caches(wanted, 1)
    assert said.startswith(f'{cache.folder}: {len(files)} clips, ')
    assert not missing(wanted)

    wanted = caches_of([plain, flow])
    assert set(wanted[cache]) == files and any(wanted[cache].values())
    assert missing(wanted) == wanted
    list(write_caches(wanted, 1))
    assert not missing(wanted)
    changed = next(file for file, kept in wanted[cache].items() if kept)
    write_clip(Path(changed), 9)
    assert missing(wanted) == wanted
    list(write_caches(wanted, 1))
    assert not missing(wanted)
    assert FrameCache(cache.folder, flow=True)[changed].flow.shape[0] == 9


def test_a_cache_of_other_options_is_not_gone_on_with(configs):
    _, plain, _ = configs
    list(write_caches(caches_of([plain]), 1))
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        plain[loader].dataset.cache.short_side = 24
    wanted = missing(caches_of([plain]))
    with pytest.raises(ValueError, match=r'frames: was made with .* another folder or delete'):
        list(write_caches(wanted, 1))


def test_lists_that_are_not_there_are_told(configs):
    root, plain, _ = configs
    (root / 'unlabelled.txt').unlink()
    with pytest.raises(FileNotFoundError, match=r'unlabelled.txt'):
        caches_of([plain])


def test_a_config_without_a_cache_wants_none(clips, tmp_path):
    assert caches_of([tiny_config(clips, tmp_path)]) == {}
