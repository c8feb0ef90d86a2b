"""Pools of foreign classes and of a long tail, by count and by content."""

from collections import Counter

import pytest

from sefar.datasets.clip_lists import read_clip_list
from sefar.preparation.files import write_list
from sefar.preparation.pools import long_tailed, with_foreign
from tests.conftest import run_tool

CLIPS = [(f'c{label}_{i}.mp4', label) for label in range(6) for i in range(30)]


@pytest.mark.parametrize(
    ('known', 'share', 'kept', 'foreign'),
    [(4, 0.3, 120, 51), (4, 0.5, 60, 60), (5, 0.3, 70, 30), (1, 0.9, 17, 150)],
)
def test_foreign_clips_by_count(known, share, kept, foreign):
    pool = with_foreign(CLIPS, known, share, 3)
    truth = dict(CLIPS)
    assert sum(label is not None for _, label in pool) == kept
    assert all(truth[path] == label and label < known for path, label in pool if label is not None)
    assert sum(truth[path] >= known for path, label in pool if label is None) == foreign
    assert len({path for path, _ in pool}) == len(pool) == kept + foreign
    assert pool == with_foreign(CLIPS, known, share, 3) != with_foreign(CLIPS, known, share, 4)
    first = [label is None for _, label in pool[: len(pool) // 2]]
    assert 0 < sum(first) < len(first)  # mixed, not one after the other


def test_a_long_tail_by_count():
    tail = long_tailed(CLIPS, 20, 1)
    counts = Counter(label for _, label in tail)
    assert counts == {c: round(30 * 20 ** (-c / 5)) for c in range(6)}
    assert counts[0] == 30 and counts[5] == 2  # 1.5, rounded to even
    assert set(tail) <= set(CLIPS)


def test_a_tail_is_as_long_as_asked_where_the_first_class_is_small():
    def tail(sizes, imbalance):
        clips = [(f'{label}_{i}.mp4', label) for label, n in enumerate(sizes) for i in range(n)]
        return Counter(label for _, label in long_tailed(clips, imbalance, 0))

    assert tail((40, 200, 90), 4) == {0: 40, 1: 20, 2: 10}
    assert tail((90, 6), 5) == {0: 30, 1: 6}


@pytest.mark.parametrize(
    ('make', 'wrong'),
    [
        (with_foreign, (4, 1.0)),
        (with_foreign, (6, 0.3)),
        (with_foreign, (0, 0.3)),
        (long_tailed, (1.0,)),
    ],
)
def test_what_cannot_be_made(make, wrong):
    with pytest.raises(ValueError, match='wanted'):
        make(CLIPS, *wrong, 0)


@pytest.fixture
def lists(tmp_path):
    folder = tmp_path / 'data'
    for draw in ('draw_0', 'draw_1'):
        (folder / draw).mkdir(parents=True)
        write_list(folder / draw / 'labelled_10p.txt', CLIPS[::10])
        write_list(folder / draw / 'unlabelled_10p.txt', [c for c in CLIPS if c not in CLIPS[::10]])
    write_list(folder / 'test.txt', [(f't{label}.mp4', label) for label in range(6)])
    (folder / 'classes.txt').write_text('abcdef'.replace('', '\n').strip() + '\n')
    return folder


def test_the_command_writes_every_list(lists, tmp_path):
    out = lists / 'foreign'
    done = run_tool(
        'tools/data/make_pools.py', str(lists), '--known', '4', '--foreign', '30', '--out', str(out)
    )
    assert done.returncode == 0, done.stderr
    assert (out / 'classes.txt').read_text().split() == ['a', 'b', 'c', 'd']
    assert [e.label for e in read_clip_list(str(out / 'test.txt'))] == [0, 1, 2, 3]
    for draw in ('draw_0', 'draw_1'):
        labelled = read_clip_list(str(out / draw / 'labelled_10p.txt'))
        pool = read_clip_list(str(out / draw / 'unlabelled_10p.txt'), labels_required=False)
        assert {e.label for e in labelled} == {0, 1, 2, 3}
        assert sum(e.label == -1 for e in pool) == round(len(pool) * 0.3)
        assert not {e.path for e in labelled} & {e.path for e in pool}
    # A second pool beside the first does not take that for a data set's lists.
    done = run_tool(
        'tools/data/make_pools.py', str(lists), '--imbalance', '20', '--out', str(lists / 'tail')
    )
    assert done.returncode == 0, done.stderr
    assert not (lists / 'tail/foreign').exists()
    tail = read_clip_list(str(lists / 'tail/draw_0/unlabelled_10p.txt'), labels_required=False)
    assert Counter(e.label for e in tail)[0] == 27


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (('--foreign', '30'), '--known and --foreign go together'),
        (('--known', '4', '--foreign', '130'), 'wanted a number above 0 and below 100'),
        (('--known', '9', '--foreign', '30'), 'known=9'),
        (('--imbalance', '1'), 'wanted a number above 1'),
    ],
)
def test_wrong_options_are_told(lists, words, said):
    done = run_tool('tools/data/make_pools.py', str(lists), '--out', str(lists / 'o'), *words)
    assert done.returncode != 0 and said in done.stderr
    assert not (lists / 'o').exists()


def test_a_folder_is_not_written_over(lists):
    words = (str(lists), '--out', f'{lists}/../{lists.name}', '--imbalance', '20')
    done = run_tool('tools/data/make_pools.py', *words)
    assert done.returncode == 1 and 'is the folder of the lists' in done.stderr


def test_a_pool_without_hidden_labels_is_told(lists):
    write_list(lists / 'draw_1/unlabelled_10p.txt', [('x.mp4', None)])
    done = run_tool(
        'tools/data/make_pools.py', str(lists), '--imbalance', '5', '--out', str(lists / 'o')
    )
    assert done.returncode == 1
    assert 'draw_1/unlabelled_10p.txt: x.mp4 has no hidden label' in done.stderr
    assert not (lists / 'o').exists()
