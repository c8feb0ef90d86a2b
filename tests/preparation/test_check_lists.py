import json

import pytest

from sefar.preparation.check_lists import check_clips, check_lists, count_by_kind
from tests.conftest import write_clip


def lists(tmp_path, **rows):
    paths = {}
    for name, lines in rows.items():
        paths[name] = tmp_path / f'{name}.txt'
        paths[name].write_text('\n'.join(lines) + '\n')
    return paths


def kinds(findings):
    return {f'{severity}: {kind}': n for (severity, kind), n in count_by_kind(findings).items()}


def test_clean_lists(tmp_path):
    p = lists(tmp_path, train=['a 0', 'b 1', 'c 1'], pool=['d 0', 'e'], test=['f 0', 'g 1'])
    findings, balance = check_lists([p['train']], [p['pool']], [p['test']])
    assert findings == []  # a pool with unknown labels may hold any class
    assert balance[p['train']] == (3, 2, 1, 1.5, 2)


@pytest.mark.parametrize(
    ('rows', 'found', 'text'),
    [
        (
            dict(train=['a 0', 'b 1', './a 0']),
            'error: duplicate',
            'train.txt:3: ./a: the clip is also at ',
        ),
        (dict(train=['a 0', 'b 1', 'a 1']), 'error: two labels', '; label 1 here, 0 there'),
        (
            dict(train=['a 0', 'b 1'], pool=['b']),
            'error: duplicate',
            'pool.txt:1: b: the clip is also at',
        ),
        (
            dict(train=['a 0', 'b 1'], test=['x 0', 'b 1']),
            'error: leak',
            'test.txt:2: b: the clip is also at',
        ),
        (dict(train=['a 0', 'b 1', 'c 7']), 'error: unreadable list', 'train.txt:3: label 7'),
        (dict(train=['a 0', 'b']), 'error: unreadable list', 'train.txt:2: found'),
        (dict(pool=['a 0', 'b 7']), 'error: unreadable list', 'pool.txt:2: label 7'),
        (dict(train=['a 0']), 'warning: absent class', '1 of 2 classes have no clip: right'),
        (
            dict(train=['v1_E_1_2_A_3_4.mp4 0', 'b 1'], test=['v1_E_1_2_A_5_6.mp4 0', 'c 1']),
            'warning: shared source video',
            'test.txt: 1 clips are cut from videos',
        ),
        (
            dict(train=['a 0', 'b 1'], val=['x 0', 'y 1'], test=['y 1', 'x 0']),
            'warning: shared evaluation clips',
            'test.txt: 2 of 2 clips are in',
        ),
        (
            dict(train=['v.mp4 0', 'b 1'], test=['v.mp4#t=0-1 0', 'c 1']),
            'error: leak',
            'test.txt:1: v.mp4#t=0-1: it shares frames with',
        ),
    ],
)
def test_faults_are_found(tmp_path, rows, found, text):
    p = lists(tmp_path, **rows)
    labelled, pool = ([p[name]] if name in p else [] for name in ('train', 'pool'))
    evaluation = [p[name] for name in ('val', 'test') if name in p]
    findings, _ = check_lists(labelled, pool, evaluation, 2, ['left', 'right'])
    assert found in kinds(findings)
    assert any(text in f.text for f in findings if f'{f.severity}: {f.kind}' == found)


def test_a_list_of_two_tasks(tmp_path):
    p = lists(tmp_path, both=['a 0', 'b 1'])['both']
    findings, _ = check_lists([p], [p], [])
    assert [f.text for f in findings] == [f'{p}: labelled and unlabelled list at once']


def test_clips_are_opened_once(tmp_path, monkeypatch):
    videos = tmp_path / 'videos'
    videos.mkdir()
    write_clip(videos / 'good.mp4')
    whole = (videos / 'good.mp4').read_bytes()
    (videos / 'broken.mp4').write_bytes(whole[: len(whole) // 2])
    (videos / 'empty.mp4').write_bytes(b'')
    p = lists(tmp_path, train=['good.mp4 0', 'broken.mp4 0', 'empty.mp4 1', 'gone.mp4 1'])
    cache = tmp_path / 'opened.json'
    findings = check_clips([p['train']], videos, cache)
    assert kinds(findings) == {'error: missing clip': 2, 'error: unreadable clip': 1}
    assert f'{p["train"]}:2: broken.mp4: ' in findings[-1].text
    assert [frames for frames, *_ in json.loads(cache.read_text()).values()] == [12]
    write_clip(videos / 'good.mp4', 13)  # changed: opened anew
    assert kinds(check_clips([p['train']], videos, cache)) == kinds(findings)
    assert [frames for frames, *_ in json.loads(cache.read_text()).values()] == [12, 13]


def test_one_list_for_training_and_test(tmp_path):
    p = lists(tmp_path, train=['a 0', 'b 1'])
    (tmp_path / 'link.txt').symlink_to(p['train'])
    findings, _ = check_lists([p['train']], [], [p['train']])
    assert kinds(findings)['error: leak'] == 1
    findings, _ = check_lists([p['train']], [], [tmp_path / 'link.txt'])
    assert kinds(findings)['error: leak'] == 1 + 2  # the list, and each of its clips


def test_a_cache_that_is_none(tmp_path):
    p = lists(tmp_path, train=['a 0'])
    (tmp_path / 'cache').write_text('[1]')
    with pytest.raises(ValueError, match='cache: is no list of clips looked at; delete it'):
        check_clips([p['train']], tmp_path, tmp_path / 'cache')
