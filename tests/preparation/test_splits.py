import re
from collections import Counter

import numpy as np
import pytest

from sefar.preparation.splits import hold_out, source_of, split_labelled


def clips(*sizes):
    return [(f'{label}/{i}.mp4', label) for label, size in enumerate(sizes) for i in range(size)]


@pytest.mark.parametrize(
    ('path', 'source'),
    [
        ('a/2pBxfMAIaXY_E_001794_001801_A_0000_0006.mp4', '2pBxfMAIaXY'),
        ('Archery/v_Archery_g07_c03.avi', 'v_Archery_g07'),
        ('wave/Prelinger_Family_wave_u_nm_np1_fr_med_14.avi', 'Prelinger_Family'),
        ('brush_hair/April_09_brush_hair_u_nm_np1_ba_goo_0.avi', 'April_09'),
        ('my/holiday.mov', 'my/holiday'),
    ],
)
def test_source_of_names_that_public_data_sets_use(path, source):
    assert source_of(path) == source


def test_parts_of_a_video_have_it_as_their_source():
    names = ['a/long.mp4#t=1.5-4', 'a/long.mp4#t=7.25-9', 'a/long.mp4#t=1-4', 'a/long.mp4']
    assert {source_of(name) for name in names} == {'a/long'}


def test_source_of_own_names():
    assert source_of('s1/take3_part2.mp4', re.compile(r'take\d+')) == 'take3'
    assert source_of('s1/take3_part2.mp4', re.compile(r'/(?P<source>\w+)_part')) == 'take3'


@pytest.mark.parametrize(
    ('share', 'wanted'),
    [
        (0.10, [5, 2, 1]),  # 5, 2.3, 1 of 83: 8 in all
        (0.05, [2, 1, 1]),  # 2.5, 1.15, 0.5: 4, of which the smallest class must have one
        (0.02, [1, 1, 1]),  # 1 in all, but no class without a label
    ],
)
def test_share_by_hand(share, wanted):
    data = clips(50, 23, 10)
    labelled, unlabelled = split_labelled(data, seed=3, share=share)
    assert [Counter(label for _, label in labelled)[c] for c in range(3)] == wanted
    assert sorted(labelled + unlabelled) == sorted(data)


def test_classes_that_are_larger_give_to_the_small():
    # 10 % of 120 clips are 12; 20 single clips must be labelled, so the large class keeps one.
    labelled, _ = split_labelled(clips(100, *[1] * 20), seed=0, share=0.1)
    assert Counter(label for _, label in labelled) == dict.fromkeys(range(21), 1)
    labelled, _ = split_labelled(clips(100, *[1] * 4), seed=0, share=0.1)
    assert len(labelled) == 10 and Counter(label for _, label in labelled)[0] == 6


def test_at_least_zero_is_the_plain_share():
    labelled, _ = split_labelled(clips(100, 1), seed=0, share=0.1, at_least=0)
    assert {label for _, label in labelled} == {0}


def test_per_class_and_seed():
    data = clips(9, 4)
    labelled, _ = split_labelled(data, seed=1, per_class=3)
    assert Counter(label for _, label in labelled) == {0: 3, 1: 3}
    assert split_labelled(data[::-1], seed=1, per_class=3)[0] == labelled
    assert split_labelled(data, seed=2, per_class=3)[0] != labelled
    smaller, _ = split_labelled(data, seed=1, per_class=2)
    assert set(smaller) < set(labelled)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(), 'either'),
        (dict(share=0.1, per_class=1), 'either'),
        (dict(share=5), 'between 0 and 1'),
        (dict(per_class=0), 'at least 1'),
        (dict(per_class=5), 'class 1 has 4 clips'),
    ],
)
def test_bad_splits(options, message):
    with pytest.raises(ValueError, match=message):
        split_labelled(clips(9, 4), seed=0, **options)


def test_hold_out_keeps_source_videos_whole():
    rng = np.random.default_rng(0)
    data = [
        (f'{v:011d}_E_000001_000002_A_{i:04d}_{i:04d}.mp4', int(rng.integers(4)))
        for v in range(60)
        for i in range(rng.integers(1, 9))
    ]
    kept, held = hold_out(data, 0.2, seed=0)
    assert sorted(kept + held) == sorted(data)
    assert not {source_of(c) for c, _ in kept} & {source_of(c) for c, _ in held}
    share = len(held) / len(data)
    assert 0.15 < share < 0.25
    assert hold_out(data[::-1], 0.2, seed=0)[1][::-1] == held


def test_hold_out_of_one_video():
    with pytest.raises(ValueError, match='1 source videos cannot be split'):
        hold_out([('a1.mp4', 0), ('a2.mp4', 1)], 0.5, 0, re.compile('a'))
