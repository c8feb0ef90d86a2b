import pickle

import numpy as np
import pytest

from sefar.datasets.clip_lists import ClipEntry
from sefar.datasets.clip_table import ClipTable

ENTRIES = [ClipEntry('a b.mp4', 2, 1), ClipEntry('日本/ü.mp4', -1, 4), ClipEntry('/x/c.mp4', 0, 7)]


def test_gives_back_what_it_was_given():
    table = ClipTable(iter(ENTRIES), root='videos/')
    assert len(table) == 3
    assert list(table) == [
        dict(filename='videos/a b.mp4', label=2, line=1),
        dict(filename='videos/日本/ü.mp4', label=-1, line=4),
        dict(filename='/x/c.mp4', label=0, line=7),
    ]
    assert table[-1] == table[2] and table[:2] == [table[0], table[1]]
    assert ClipTable(ENTRIES)[0]['filename'] == 'a b.mp4'
    with pytest.raises(IndexError, match='clip 3 of a list of 3'):
        table[3]


def test_travels_to_other_processes_as_arrays():
    """Nothing that grows with the list is a Python object of its own."""
    table = ClipTable(ClipEntry(f'clip_{i:05d}.mp4', i % 7, i + 1) for i in range(5000))
    packed = pickle.dumps(table)
    assert len(packed) < 5000 * (14 + 8 + 4 + 4) + 2000
    other = pickle.loads(packed)
    assert other[4321] == table[4321] == dict(filename='clip_04321.mp4', label=2, line=4322)
    assert all(isinstance(value, (np.ndarray, str)) for value in vars(table).values())
