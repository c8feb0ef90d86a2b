"""The tools under tools/data as commands, with right and wrong input."""

import pytest

from tests.conftest import run_tool, write_clip


def run(tool, *words):
    return run_tool(f'tools/data/{tool}.py', *words)


@pytest.fixture
def train(tmp_path):
    path = tmp_path / 'train.txt'
    rows = [f'v{i:02d}_E_000001_000002_A_0000_0001.mp4 {i % 2}' for i in range(40)]
    path.write_text('\n'.join(rows) + '\n')
    return path


def test_make_split(train, tmp_path):
    out = tmp_path / 'out'
    done = run('make_split', train, '--share', 25, '--hold-out', 20, '--out', out)
    assert done.returncode == 0, done.stderr
    lists = {
        name: (out / f'{name}.txt').read_text().splitlines()
        for name in ('val', 'labelled_25p', 'unlabelled_25p')
    }
    assert [len(rows) for rows in lists.values()] == [8, 8, 24]
    assert sorted(sum(lists.values(), [])) == train.read_text().splitlines()
    done = run('make_split', train, '--per-class', 3, '--out', out)
    assert done.returncode == 0 and len((out / 'labelled_3c.txt').read_text().splitlines()) == 6


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--share', 0.05, '--at-least', 0], 'no clip would be labelled'),
        (['--share', 100], '--share: found 100, wanted a number above 0 and below 100'),
        (['--per-class', 21], 'class 0 has 20 clips, fewer than 21'),
        (['--share', 5, '--hold-out', 100], '--hold-out: found 100'),
        (['--share', 5, '--hold-out', 10, '--source', 'v'], 'one side would be empty'),
    ],
)
def test_make_split_with_wrong_input(train, tmp_path, words, message):
    done = run('make_split', train, '--out', tmp_path / 'out', *words)
    assert done.returncode in (1, 2) and message in done.stderr and 'Traceback' not in done.stderr


def test_make_split_does_not_overwrite_its_list(train, tmp_path):
    held = tmp_path / 'val.txt'
    held.write_text(train.read_text())
    done = run('make_split', held, '--share', 50, '--hold-out', 20, '--out', tmp_path)
    assert done.returncode == 1 and 'val.txt: would be overwritten' in done.stderr
    assert held.read_text() == train.read_text()


def test_make_split_without_a_list(tmp_path):
    done = run('make_split', tmp_path / 'no.txt', '--share', 5, '--out', tmp_path)
    assert done.returncode == 1 and 'no.txt: no such clip list' in done.stderr
    done = run('make_split', tmp_path / 'no.txt', '--share', 5, '--out', tmp_path, '--source', '(')
    assert done.returncode == 2 and 'Traceback' not in done.stderr


def test_check_lists(tmp_path):
    write_clip(tmp_path / 'a.mp4')
    write_clip(tmp_path / 'b.mp4')
    (tmp_path / 'train.txt').write_text('a.mp4 0\n')
    (tmp_path / 'test.txt').write_text('b.mp4 0\n')
    lists = ['--labelled', tmp_path / 'train.txt', '--test', tmp_path / 'test.txt']
    done = run('check_lists', *lists, '--clips', tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'nothing to complain of' in done.stdout
    (tmp_path / 'test.txt').write_text('a.mp4 0\ngone.mp4 1\n')
    done = run('check_lists', *lists, '--clips', tmp_path)
    assert done.returncode == 1
    assert 'error: leak: 1' in done.stdout and 'error: missing clip: 1' in done.stdout
    assert 'test.txt:2: gone.mp4: the file is missing or empty' in done.stdout
    assert run('check_lists', *lists).returncode == 1


def test_check_lists_with_wrong_input(tmp_path):
    assert run('check_lists').returncode == 2
    done = run('check_lists', '--labelled', tmp_path / 'no.txt', '--clips', tmp_path / 'none')
    assert done.returncode == 2 and 'no such folder' in done.stderr
    done = run('check_lists', '--labelled', tmp_path / 'no.txt')
    assert done.returncode == 1 and 'no.txt: no such clip list' in done.stdout


def test_prepare(tmp_path):
    (tmp_path / 'labels').mkdir()
    (tmp_path / 'labels/classInd.txt').write_text('1 Archery\n2 Biking\n')
    for name, group in (('trainlist01', 8), ('testlist01', 1)):
        rows = [
            f'{c}/v_{c}_g{group:02d}_c{i:02d}.avi' for c in ('Archery', 'Biking') for i in range(10)
        ]
        (tmp_path / f'labels/{name}.txt').write_text('\n'.join(rows) + '\n')
        for row in rows[: -1 if group == 8 else None]:
            path = tmp_path / 'clips' / row
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    where = ['--annotations', tmp_path / 'labels', '--clips', tmp_path / 'clips']
    done = run('prepare', 'ucf101', *where, '--out', tmp_path / 'ucf', '--rates', 20)
    assert done.returncode == 0, done.stderr
    assert 'Missing clips' in done.stdout and 'Biking' in done.stdout
    rows = (tmp_path / 'ucf/labelled_20p.txt').read_text().splitlines()
    assert len(rows) == 3 and all((tmp_path / 'ucf/videos' / r.split()[0]).exists() for r in rows)

    done = run('prepare', 'ucf101', *where[:2], '--clips', tmp_path / 'x', '--out', tmp_path / 'o')
    assert done.returncode == 1 and 'no video' in done.stderr
    done = run('prepare', 'hmdb51', *where, '--out', tmp_path / 'o')
    assert done.returncode == 1 and 'no *_test_split1.txt; check --annotations' in done.stderr
    assert run('prepare', 'moon').returncode == 2
