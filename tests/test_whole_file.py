import errno
import os

import pytest

from sefar.whole_file import whole_file


def test_what_was_there_stays_until_all_is_written(tmp_path):
    path = tmp_path / 'a.csv'
    with whole_file(path) as file:
        file.write('ß\r\n')
        assert not path.exists()
    assert path.read_bytes() == 'ß\r\n'.encode()
    with pytest.raises(ZeroDivisionError), whole_file(path, 'wb') as file:
        file.write(b'half')
        raise ZeroDivisionError
    assert path.read_bytes() == 'ß\r\n'.encode()
    assert [each.name for each in tmp_path.iterdir()] == ['a.csv']


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    path = tmp_path / 'a.csv'
    path.write_text('before')
    monkeypatch.setattr(os, 'fsync', full)
    said = r'a.csv: the disk is full \(.* MiB are free\); make room'
    with pytest.raises(OSError, match=said), whole_file(path) as file:
        file.write('after')
    assert path.read_text() == 'before'
    assert [each.name for each in tmp_path.iterdir()] == ['a.csv']
