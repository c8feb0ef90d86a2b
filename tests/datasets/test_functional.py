import numpy as np
import pytest

from sefar.datasets.transforms import functional as F
from sefar.elements import check_elements, element_segments, play_backwards, reverse_all

RELEASED = {
    (2, 2, 4): [[1, 5], [3, 7], [0, 2, 4, 6]],
    (2, 4): [[1, 4], [0, 2, 3, 5]],
    (2, 2, 2, 4): [[1, 6], [2, 7], [4, 9], [0, 3, 5, 8]],
    (2, 2, 6): [[1, 6], [3, 8], [0, 2, 4, 5, 7, 9]],
    (2, 2, 8): [[1, 7], [4, 10], [0, 2, 3, 5, 6, 8, 9, 11]],
}


@pytest.mark.parametrize('elements', RELEASED)
def test_segments_are_shared_out_as_released(elements):
    assert element_segments(elements) == RELEASED[elements]


@pytest.mark.parametrize(
    'elements', [(8,), (1, 1), (3, 5), (1, 2, 3, 4), (4, 2), (7, 1, 2), (5, 5, 5)]
)
def test_every_segment_is_used_once(elements):
    shares = element_segments(elements)
    assert [len(share) for share in shares] == list(elements)
    assert sorted(sum(shares, [])) == list(range(sum(elements)))
    assert all(share == sorted(share) for share in shares)


@pytest.mark.parametrize('elements', [(), (2, 0), (2.5, 4), (-1, 4)])
def test_bad_elements_are_refused(elements):
    with pytest.raises(ValueError, match=r'such as \(2, 2, 4\)'):
        check_elements(elements)


def test_centres_of_segments_by_hand():
    # 16 frames in 8 segments of 2: the point 0.5 of [2k, 2k + 2) lies in frame 2k + 1.
    assert F.segment_frames(16, np.full(8, 0.5)).tolist() == [1, 3, 5, 7, 9, 11, 13, 15]


@pytest.mark.parametrize('num_frames', [1, 2, 3, 5, 7, 8, 9, 30, 1001])
@pytest.mark.parametrize('offset', [0.0, 0.5, np.nextafter(1, 0)])
def test_frames_lie_in_their_segments_in_order(num_frames, offset):
    frames = F.segment_frames(num_frames, np.full(8, offset))
    bounds = np.arange(9) * num_frames / 8
    assert (np.diff(frames) >= 0).all()
    assert frames.min() >= 0 and frames.max() < num_frames
    assert (frames >= np.floor(bounds[:-1])).all() and (frames <= bounds[1:]).all()


def test_short_clip_repeats_frames_in_order():
    assert F.segment_frames(1, np.full(8, 0.5)).tolist() == [0] * 8
    assert F.segment_frames(3, np.full(8, 0.5)).tolist() == [0, 0, 0, 1, 1, 2, 2, 2]


def test_random_frames_are_uniform_in_their_segment():
    rng = np.random.default_rng(0)
    frames = F.segment_frames(40, rng.random((4000, 8)))  # segments of 5 frames
    counts = np.bincount(frames[:, 3] - 15, minlength=5)
    assert counts.sum() == 4000 and (abs(counts - 800) < 5 * np.sqrt(800)).all()


def test_no_frames_is_an_error():
    with pytest.raises(ValueError, match='at least one frame'):
        F.segment_frames(0, np.full(8, 0.5))


# Laid out for (2, 2, 4): element frames at segments 1,5 | 3,7 | 0,2,4,6.
def test_reversals_by_hand():
    assert F.reverse_elements((2, 2, 4)).tolist() == [1, 0, 3, 2, 4, 5, 6, 7]
    assert reverse_all((2, 2, 4)).tolist() == [1, 0, 3, 2, 7, 6, 5, 4]
    # Element 0 shows segments 6 and 2, element 1 segments 4 and 0, the context 7, 5, 3, 1.
    assert play_backwards((2, 2, 4)).tolist() == [7, 5, 6, 4, 3, 1, 2, 0]
    assert play_backwards((8,)).tolist() == reverse_all((8,)).tolist()


@pytest.mark.parametrize('elements', [(2, 2, 4), (3, 5), (2, 2, 6)])
def test_a_clip_played_backwards_has_a_timeline_that_tempo_can_follow(elements):
    segments = np.concatenate(element_segments(elements))
    backwards = segments[play_backwards(elements)]
    rng = np.random.default_rng(0)
    for _ in range(50):
        warped = backwards[F.warp(elements, rng)]
        assert (np.diff(warped[np.argsort(segments)]) <= 0).all()


@pytest.mark.parametrize('elements', [(2, 2, 4), (3, 5), (2, 2, 6)])
def test_shuffles_permute(elements):
    rng = np.random.default_rng(0)
    total = sum(elements)
    everywhere, inside = [], []
    for _ in range(200):
        everywhere.append(F.shuffle_all(elements, rng))
        inside.append(F.shuffle_local(elements, rng))
    for order in everywhere + inside:
        assert sorted(order) == list(range(total))
    element_of = np.repeat(np.arange(len(elements)), elements)
    assert all((element_of[order] == element_of).all() for order in inside)
    assert any((element_of[order] != element_of).any() for order in everywhere)
    assert any((order != np.arange(total)).any() for order in inside)


def test_neighbours_are_exchanged_on_the_timeline():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        shown = _timeline(F.swap_neighbours((2, 2, 4), rng))
        assert np.abs(shown - np.arange(8)).max() <= 1 and (shown[shown] == np.arange(8)).all()
        seen.add(tuple(shown))
    # Four pairs from the first frame on or three from the second, each exchanged or not.
    assert len(seen) == 2**4 + 2**3 - 1


def _timeline(order, elements=(2, 2, 4)):
    """Which segment's frame is shown at each segment of the clip."""
    segment_of = np.concatenate(element_segments(elements))
    shown = np.empty(len(order), int)
    shown[segment_of] = segment_of[order]
    return shown


def test_slow_rate_holds_a_window():
    rng = np.random.default_rng(0)
    seen = {tuple(_timeline(F.slow_rate((2, 2, 4), 2, rng))) for _ in range(100)}
    assert seen == {tuple(start + np.arange(8) // 2) for start in range(5)}


def test_dropped_frames_hold_the_previous_one():
    rng = np.random.default_rng(0)
    shown = np.array([_timeline(F.drop_frames((2, 2, 4), 0.5, rng)) for _ in range(2000)])
    assert (shown[:, 0] == 0).all()
    steps = np.arange(8)
    kept = shown == steps
    assert (kept | (shown == np.roll(shown, 1, axis=1)))[:, 1:].all()
    assert abs(kept[:, 1:].mean() - 0.5) < 0.02
    assert _timeline(F.drop_frames((2, 2, 4), 0.0, rng)).tolist() == list(range(8))


def test_half_is_held_over_the_whole_length():
    rng = np.random.default_rng(0)
    seen = {tuple(_timeline(F.drop_half((2, 2, 4), rng))) for _ in range(50)}
    assert seen == {(0, 0, 1, 1, 2, 2, 3, 3), (4, 4, 5, 5, 6, 6, 7, 7)}


def test_warping_stretches_two_four_or_all_frames():
    rng = np.random.default_rng(0)
    counts = {2: 0, 4: 0, 8: 0}
    for _ in range(1500):
        shown = _timeline(F.warp((2, 2, 4), rng))
        assert (np.diff(shown) >= 0).all()
        keys, runs = np.unique(shown, return_counts=True)
        assert len(set(runs)) == 1
        counts[len(keys)] += 1
    assert all(abs(count - 500) < 5 * np.sqrt(500) for count in counts.values())
