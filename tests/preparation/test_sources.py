import json
import pickle
import re
from collections import Counter

import numpy as np
import pytest

from sefar.datasets import read_clip_list
from sefar.preparation.sources import (
    SourceError,
    coarse,
    finediving,
    finegym,
    released,
    write_scope,
)
from sefar.preparation.splits import split_labelled

# Labelled, unlabelled and test clips of the paper's splits (rates in percent).
OFFICIAL = {
    'gym99': (99, 8521, {5: (1316, 25004), 10: (2632, 23688)}),
    'gym288': (288, 9646, {5: (1466, 27868), 10: (2933, 26401)}),
    'ub': (25, 2814, {10: (959, 8635), 20: (1918, 7676)}),
    'fx': (35, 2226, {10: (540, 4868), 20: (1081, 4327)}),
    'ub_s1': (15, 1471, {10: (496, 4468), 20: (992, 3972)}),
    'fx_s1': (11, 777, {10: (189, 1703), 20: (378, 1514)}),
    'gym_new': (40, 1998, {5: (325, 6183)}),
}
RELEASED = {  # folder of released lists -> scope and rate
    'finegym/all99_5': ('gym99', 5),
    'finegym/all288_10': ('gym288', 10),
    'finegym/UB_10': ('ub', 10),
    'finegym/FX_20': ('fx', 20),
    'finegym/VT_10': ('vt', 10),
    'finegym/UB_S1_20': ('ub_s1', 20),
    'finegym/FX_S1_10': ('fx_s1', 10),
    'finegym-new/list_finegym_new_5': ('gym_new', 5),
}


def reversed_name(name: str) -> str:
    """The name of the element that is this one played backwards."""
    swaps = {
        'backward': 'forward',
        'forward': 'backward',
        'from high bar to low bar': 'from low bar to high bar',
        'from low bar to high bar': 'from high bar to low bar',
    }
    return re.sub('|'.join(swaps), lambda match: swaps[match[0]], name)


@pytest.fixture
def annotations(shared_data):
    return shared_data / 'annotations'


@pytest.mark.parametrize('scope', OFFICIAL)
def test_official_list_sizes(annotations, scope):
    classes, test, rates = OFFICIAL[scope]
    found = finegym.read_scope(annotations / 'finegym', scope)
    assert len(found.classes) == classes and len(found.lists['test']) == test
    assert [event for event, _ in found.hierarchy] == [name[1:3] for name in found.classes]
    for rate, sizes in rates.items():
        labelled, unlabelled = split_labelled(found.lists['train'], 0, share=rate / 100)
        assert (len(labelled), len(unlabelled)) == sizes
        assert {label for _, label in labelled} == set(range(classes))


@pytest.mark.parametrize('folder', RELEASED)
def test_scopes_are_those_of_the_released_lists(annotations, folder):
    scope, rate = RELEASED[folder]
    ours = finegym.read_scope(annotations / 'finegym', scope).lists
    theirs = released.read_released(annotations / 'sefar_lists' / folder, '/data/video', rate).lists
    training = theirs[f'labelled_{rate:02d}p'] + theirs[f'unlabelled_{rate:02d}p']
    assert sorted(training) == sorted(ours['train'])
    assert sorted(theirs['test']) == sorted(ours['test'])


def test_gym_new_pairs_follow_from_the_names(annotations):
    names = finegym.read_scope(annotations / 'finegym', 'gym_new').classes
    for first, second in zip(names[::2], names[1::2], strict=True):
        assert reversed_name(first) == second != first


def test_finediving(annotations):
    for scope, classes, train, test in (
        ('all', 52, 2251, 749),
        ('10m', 38, 1391, 470),
        ('5253b', 2, 211, 77),
    ):
        found = finediving.read_scope(annotations / 'finediving', scope)
        assert len(found.classes) == classes
        assert (len(found.lists['train']), len(found.lists['test'])) == (train, test)
        if scope != 'all':
            assert {label for _, label in found.lists['test']} == set(range(classes))
    assert found.classes == ['5253B', '5255B']


class Evil:
    def __reduce__(self):
        return (print, ('ran',))


def test_pickles_cannot_run_code(tmp_path, capsys):
    path = tmp_path / 'train_split.pkl'
    path.write_bytes(pickle.dumps([Evil()]))
    with pytest.raises(SourceError, match=r'train_split.pkl: refused .* builtins.print'):
        finediving.read_pickle(path)
    assert 'ran' not in capsys.readouterr().out
    path.write_bytes(pickle.dumps({('a', 1): np.arange(3), ('b', 2): np.float64(0.5)}))
    assert finediving.read_pickle(path)['b', 2] == 0.5
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match='refused'):
        finediving.read_pickle(path)
    with pytest.raises(SourceError, match='no such annotation file'):
        finediving.read_pickle(tmp_path / 'other.pkl')


@pytest.fixture
def gym(tmp_path):
    folder = tmp_path / 'annotations'
    folder.mkdir()
    (folder / 'gym99_categories.txt').write_text(
        'Clabel:   0; set:  1; Glabel:   1; (VT) round-off\n'
        'Clabel:   1; set: 21; Glabel:  52; (FX) split leap\n'
        'Clabel:   2; set: 41; Glabel: 300; (UB) giant circle forward\n'
    )
    clip = 'video{}_E_000001_000002_A_0003_000{}'
    for name, count in (('train_element_v1.1', 9), ('val_element', 3)):
        rows = [f'{clip.format(name[0], i)} {i % 3}' for i in range(count)]
        (folder / f'gym99_{name}.txt').write_text('\n'.join(rows) + '\n')
    return folder


def test_finegym_with_a_partial_folder(gym, tmp_path):
    scope = finegym.read_scope(gym, 'gym99')
    clips = tmp_path / 'clips'
    (clips / 'sub').mkdir(parents=True)
    for name, _ in scope.lists['train'][:8] + scope.lists['test'][:2]:
        (clips / f'{name}.mp4').touch()
    summary = write_scope(scope, clips, tmp_path / 'out', rates=(50,))
    assert summary.counts == dict(train=8, test=2, labelled_50p=4, unlabelled_50p=4)
    assert summary.missing == dict(train=Counter({2: 1}), test=Counter({2: 1}))
    entries = read_clip_list(str(tmp_path / 'out/train.txt'), 3)
    assert all((tmp_path / 'out/videos' / entry.path).is_file() for entry in entries)
    assert (tmp_path / 'out/classes.txt').read_text().splitlines() == scope.classes
    rows = (tmp_path / 'out/hierarchy.csv').read_text().splitlines()
    assert rows[0] == 'label,event,set' and len(rows) == 1 + len(scope.classes)
    other = tmp_path / 'other'
    other.mkdir()
    (other / f'{scope.lists["train"][0][0]}.mp4').touch()
    with pytest.raises(SourceError, match='holds none of the 3 clips of the test list'):
        write_scope(scope, other, tmp_path / 'o')
    (other / f'{scope.lists["test"][0][0]}.mp4').touch()
    with pytest.raises(SourceError, match=r'out/videos: is not'):
        write_scope(scope, other, tmp_path / 'out')
    with pytest.raises(SourceError, match='no video'):
        write_scope(scope, tmp_path / 'nowhere', tmp_path / 'out')
    with pytest.raises(SourceError, match='the test list of the annotations names no clip'):
        empty = scope._replace(lists=scope.lists | {'test': []})
        write_scope(empty, clips, tmp_path / 'o')


def test_finegym_scopes_count_labels_anew(gym):
    scope = finegym.read_scope(gym, 'ub_s1')
    assert scope.classes == ['(UB) giant circle forward']
    assert {label for _, label in scope.lists['train']} == {0} and len(scope.lists['train']) == 3


@pytest.mark.parametrize(
    ('file', 'line', 'message'),
    [
        (
            'gym99_categories.txt',
            'Clabel: 7; set: 1; Glabel: 1; x',
            r'categories.txt:4: .*Clabel: 3',
        ),
        ('gym99_val_element.txt', 'clip 1', r'val_element.txt:4: .*label in \[0, 3\)'),
        ('gym99_val_element.txt', 'x_E_1_2_A_3_4 3', r'val_element.txt:4: .*label in \[0, 3\)'),
        (
            'gym99_val_element.txt',
            'videov_E_000001_000002_A_0003_0000 1',
            r'val_element.txt:4: .* stands in the list twice',
        ),
    ],
)
def test_malformed_finegym_files(gym, file, line, message):
    with open(gym / file, 'a') as stream:
        stream.write(line + '\n')
    with pytest.raises(SourceError, match=message):
        finegym.read_scope(gym, 'gym99')


def test_ucf101(tmp_path):
    (tmp_path / 'classInd.txt').write_text('1 Archery\r\n2 Biking\r\n')
    (tmp_path / 'trainlist01.txt').write_text('Biking/v_Biking_g08_c01.avi 2\r\n')
    (tmp_path / 'testlist01.txt').write_text('Archery/v_Archery_g01_c01.avi\r\n')
    scope = coarse.read_ucf101(tmp_path)
    assert scope[:2] == (
        ['Archery', 'Biking'],
        dict(train=[('Biking/v_Biking_g08_c01', 1)], test=[('Archery/v_Archery_g01_c01', 0)]),
    )
    (tmp_path / 'testlist01.txt').write_text('Cooking/v_Cooking_g01_c01.avi\n')
    with pytest.raises(SourceError, match=r'testlist01.txt:1: found'):
        coarse.read_ucf101(tmp_path)


def test_hmdb51(tmp_path):
    (tmp_path / 'wave_test_split1.txt').write_text('a_wave.avi 1 \nb_wave.avi 0 \nc_wave.avi 2 \n')
    (tmp_path / 'brush_hair_test_split1.txt').write_text('d.avi 1\n')
    scope = coarse.read_hmdb51(tmp_path)
    assert scope.classes == ['brush_hair', 'wave']
    assert scope.lists == dict(
        train=[('brush_hair/d', 0), ('wave/a_wave', 1)], test=[('wave/c_wave', 1)]
    )
    (tmp_path / 'wave_test_split1.txt').write_text('a_wave.avi 3\n')
    with pytest.raises(SourceError, match=r'wave_test_split1.txt:1: '):
        coarse.read_hmdb51(tmp_path)
    with pytest.raises(SourceError, match='no .*_test_split2.txt'):
        coarse.read_hmdb51(tmp_path, 2)


def test_ssv2(tmp_path):
    labels = {'Opening something': '1', 'Closing something': '0'}
    item = dict(id='78687', label='opening a box', template='Opening [something]')
    (tmp_path / 'something-something-v2-labels.json').write_text(json.dumps(labels))
    (tmp_path / 'something-something-v2-train.json').write_text(json.dumps([item]))
    (tmp_path / 'validation.json').write_text(json.dumps([item | {'id': '5'}]))
    scope = coarse.read_ssv2(tmp_path)
    assert scope[:2] == (
        ['Closing something', 'Opening something'],
        dict(train=[('78687', 1)], test=[('5', 1)]),
    )
    (tmp_path / 'validation.json').write_text(json.dumps([item | {'template': 'Eating [it]'}]))
    with pytest.raises(SourceError, match='entry 1 of validation'):
        coarse.read_ssv2(tmp_path)
    for text, message in (
        ('{', 'validation.json: is no JSON'),
        ('{}', 'holds a dict, wanted a list'),
    ):
        (tmp_path / 'validation.json').write_text(text)
        with pytest.raises(SourceError, match=message):
            coarse.read_ssv2(tmp_path)


def test_released_lists_are_taken_as_they_are(tmp_path):
    (tmp_path / 'train.csv').write_text('/data/v/A/a.avi,1\r\n')
    (tmp_path / 'unlabe.csv').write_text('/data/v/A/b.avi,0\r\n')
    (tmp_path / 'test.csv').write_text('/data/v/A/a.avi 1\n')  # a leak stays a leak
    scope = released.read_released(tmp_path, '/data/v', 5)
    assert scope[:2] == (
        ['class 0', 'class 1'],
        dict(labelled_05p=[('A/a', 1)], unlabelled_05p=[('A/b', 0)], test=[('A/a', 1)]),
    )
    with pytest.raises(SourceError, match=r'train.csv:1: .* does not begin with /other'):
        released.read_released(tmp_path, '/other', 5)
    (tmp_path / 'unlabe.csv').unlink()
    with pytest.raises(SourceError, match=r'unlabel.csv: no such list'):
        released.read_released(tmp_path, '/data/v', 5)
