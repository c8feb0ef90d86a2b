import numpy as np
import pytest

from sefar.datasets import RatioSampler, SeededIndex, SemiSupervisedDataset
from sefar.datasets import ratio_sampler as module


class Pool(SemiSupervisedDataset):
    """Sizes only."""

    def __init__(self, num_labelled, num_unlabelled):
        self.sizes = num_labelled, num_unlabelled

    labelled = property(lambda self: range(self.sizes[0]))
    unlabelled = property(lambda self: range(self.sizes[1]))

    def __len__(self):
        return sum(self.sizes)


def sampler_on(monkeypatch, rank, world_size, dataset, **kwargs):
    monkeypatch.setattr(module, 'get_dist_info', lambda: (rank, world_size))
    return RatioSampler(dataset, seed=3, **kwargs)


@pytest.mark.parametrize('num_labelled', [1, 5, 8])
@pytest.mark.parametrize('num_unlabelled', [1, 7, 1000])
@pytest.mark.parametrize('ratio', [(1, 3), (2, 5)])
def test_epoch_is_one_pass_over_the_labelled_list(num_labelled, num_unlabelled, ratio):
    sampler = RatioSampler(Pool(num_labelled, num_unlabelled), ratio=ratio, seed=0)
    indices = list(sampler)
    assert len(indices) == len(sampler) == -(-num_labelled // ratio[0]) * sum(ratio)
    groups = np.array(indices).reshape(-1, sum(ratio))
    labelled, unlabelled = groups[:, : ratio[0]], groups[:, ratio[0] :]
    assert set(labelled.ravel()) == set(range(num_labelled))
    assert unlabelled.min() >= num_labelled
    assert unlabelled.max() < num_labelled + num_unlabelled


def test_whole_pool_is_seen_once_before_any_clip_comes_again():
    sampler = RatioSampler(Pool(4, 30), seed=0)  # 12 unlabelled an epoch
    seen = []
    for epoch in range(5):
        sampler.set_epoch(epoch)
        seen += [index - 4 for index in sampler if index >= 4]
    assert sorted(seen[:30]) == sorted(seen[30:60]) == list(range(30))
    assert seen[:30] != seen[30:60]


@pytest.mark.parametrize('world_size', [1, 2])
def test_an_epoch_can_be_a_pass_over_the_pool(monkeypatch, world_size):
    seen = []
    for rank in range(world_size):
        dataset = Pool(4, 31)
        sampler = sampler_on(monkeypatch, rank, world_size, dataset, pass_over='unlabelled')
        assert len(sampler) == len(list(sampler)) == (44 if world_size == 1 else 24)
        seen += [int(index) for index in sampler]
    assert set(seen) == set(range(35))
    with pytest.raises(ValueError, match="pass_over='pool' with Pool: wanted one of labelled, un"):
        RatioSampler(Pool(4, 31), pass_over='pool')
    with pytest.raises(ValueError, match="pass_over='unlabelled' with range: wanted one of lab"):
        RatioSampler(range(4), pass_over='unlabelled')


def test_order_depends_on_seed_and_epoch_alone():
    first = RatioSampler(Pool(6, 20), seed=1)
    again = RatioSampler(Pool(6, 20), seed=1)
    other = RatioSampler(Pool(6, 20), seed=2)
    for sampler in (first, again, other):
        sampler.set_epoch(7)
    draws = [[(int(i), i.seed) for i in sampler] for sampler in (first, again, other)]
    assert draws[0] == draws[1] == [(int(i), i.seed) for i in first] != draws[2]
    first.set_epoch(8)
    assert [(int(i), i.seed) for i in first] != draws[0]


def test_each_draw_has_its_own_seed():
    sampler = RatioSampler(Pool(50, 500), seed=1)
    seeds = [index.seed for index in sampler]
    sampler.set_epoch(1)
    seeds += [index.seed for index in sampler]
    assert len(set(seeds)) == len(seeds) == 400
    assert all(isinstance(index, SeededIndex) for index in sampler)


@pytest.mark.parametrize('world_size', [2, 3])
def test_ranks_share_the_batch_of_one_rank(monkeypatch, world_size):
    pool = Pool(12, 40)
    alone = [(int(i), i.seed) for i in sampler_on(monkeypatch, 0, 1, pool)]
    ranks = [
        [(int(i), i.seed) for i in sampler_on(monkeypatch, r, world_size, pool)]
        for r in range(world_size)
    ]
    assert len({len(rank) for rank in ranks}) == 1
    # A step of batch size 4 on each rank is a step of batch size 4 * W on one.
    for step in range(len(ranks[0]) // 4):
        together = sum((rank[4 * step : 4 * step + 4] for rank in ranks), [])
        single = alone[4 * world_size * step : 4 * world_size * (step + 1)]
        assert sorted(together) == sorted(single)


def test_uneven_lists_are_filled_up_on_all_ranks(monkeypatch):
    ranks = [list(sampler_on(monkeypatch, r, 4, Pool(5, 9))) for r in range(4)]
    assert [len(rank) for rank in ranks] == [8] * 4
    assert {int(i) for rank in ranks for i in rank if i < 5} == set(range(5))


def test_labelled_data_alone():
    sampler = RatioSampler(range(10), seed=0)
    assert sorted(sampler) == list(range(10)) and sampler.ratio == (1, 0)


@pytest.mark.parametrize(
    ('dataset', 'ratio'),
    [
        (range(10), (1, 3)),
        (range(10), (1, -1)),
        (Pool(4, 4), (1, 0)),
        (Pool(4, 4), (0, 3)),
        (Pool(4, 4), (1, 1.5)),
    ],
)
def test_ratio_must_fit_the_data(dataset, ratio):
    with pytest.raises(ValueError, match='wanted \\(labelled, unlabelled\\)'):
        RatioSampler(dataset, ratio=ratio)


def test_orders_and_draws_follow_the_seed_and_the_lists_are_walked_apart():
    def drawn(seed, steps=None):
        sampler = RatioSampler(Pool(8, 8), (1, 1), seed)
        if steps:
            sampler.set_length(steps)
        indices = list(sampler)
        labelled, unlabelled = [int(i) for i in indices[::2]], [int(i) - 8 for i in indices[1::2]]
        return labelled, unlabelled, [index.seed for index in indices]

    for steps in (None, 8):
        one, other = drawn(0, steps), drawn(1, steps)
        assert all(a != b for a, b in zip(one, other, strict=True))
        assert not set(one[2]) & set(other[2])  # no clip is augmented alike
        assert one[0] != one[1]
