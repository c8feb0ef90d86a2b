from collections import Counter
from itertools import pairwise

import pytest
from mmengine.runner import Runner

from sefar.datasets import RatioSampler, StepBatchSampler
from tests.conftest import tiny_config
from tests.datasets.test_ratio_sampler import Pool, sampler_on
from tests.engine.test_training import assert_same_weights, log_of, weights


def batches(sampler, batch_sampler, epochs):
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        yield from batch_sampler


@pytest.mark.parametrize('steps', [1, 3, 7])
def test_an_epoch_has_the_steps_that_it_says_and_both_lists_are_walked(steps):
    sampler = RatioSampler(Pool(5, 31), seed=0)
    batch_sampler = StepBatchSampler(sampler, 8, steps)
    assert len(batch_sampler) == steps
    found = list(batches(sampler, batch_sampler, 21))
    assert len(found) == 21 * steps
    assert all([index < 5 for index in batch] == [True, *[False] * 3] * 2 for batch in found)
    for low, high in ((0, 5), (5, 36)):
        drawn = [int(i) for batch in found for i in batch if low <= i < high]
        size = high - low
        for start in range(0, len(drawn) - size, size):  # every walk sees each clip once
            assert sorted(drawn[start : start + size]) == list(range(low, high))
        counts = Counter(drawn).values()
        assert max(counts) - min(counts) <= 1
    seeds = [index.seed for batch in found for index in batch]
    assert len(set(seeds)) == len(seeds)


def test_ranks_share_the_steps_of_one(monkeypatch):
    def found(rank, world_size, batch_size):
        sampler = sampler_on(monkeypatch, rank, world_size, Pool(5, 31))
        return list(batches(sampler, StepBatchSampler(sampler, batch_size, 3), 4))

    alone, *ranks = found(0, 1, 8), found(0, 2, 4), found(1, 2, 4)
    together = [sorted(one + other) for one, other in zip(*ranks, strict=True)]
    assert together == [sorted(batch) for batch in alone] and len(alone) == 12


@pytest.mark.parametrize(
    ('batch_size', 'steps', 'message'),
    [(8, 0, 'steps=0'), (6, 2, 'batch_size=6 is no multiple of 4, .* take 4')],
)
def test_arguments_are_checked(batch_size, steps, message):
    with pytest.raises(ValueError, match=message):
        StepBatchSampler(RatioSampler(Pool(5, 31), seed=0), batch_size, steps)
    with pytest.raises(ValueError, match='with a range; wanted'):
        StepBatchSampler(range(8), 8, 2)


def stepped(clips, work_dir, steps, max_epochs=6):
    """A run whose schedule counts epochs of ``steps`` steps."""
    cfg = tiny_config(clips, work_dir)
    cfg.train_dataloader.batch_sampler = dict(type='StepBatchSampler', steps=steps)
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=3)
    cfg.model.algorithm.warmup = dict(type='WarmUp', share=1 / 3, ramp='constant')
    cfg.model.algorithm.ema = dict(type='EMATeacher', span=0.25)
    cfg.param_scheduler = [
        dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
        dict(type='CosineAnnealingLR', begin=1, convert_to_iter_based=True),
    ]
    return cfg


@pytest.mark.parametrize(('steps', 'max_epochs'), [(2, 6), (5, 6), (2, 3)])
def test_one_number_moves_the_whole_schedule(clips, tmp_path, steps, max_epochs):
    cfg = stepped(clips, tmp_path, steps, max_epochs)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == steps * max_epochs
    rows = [row for row in log_of(tmp_path) if 'loss' in row]
    rates = [row['lr'] for row in rows]
    assert rates[0] == pytest.approx(0.1 * 0.02) and max(rates) == pytest.approx(0.02, rel=0.3)
    falling = rates[steps:]
    assert all(a >= b for a, b in pairwise(falling)) and falling[-1] < 0.01
    warm = ['loss_un' not in row for row in rows]
    assert warm == [True] * (max_epochs // 3 * steps) + [False] * (
        len(rows) - max_epochs // 3 * steps
    )
    ema = runner.model.algorithm.ema
    assert ema.omega(runner.max_iters) == pytest.approx(1 / (0.25 * steps * max_epochs))
    validated = [row['step'] for row in log_of(tmp_path) if 'student/acc/top1' in row]
    assert validated == list(range(3, max_epochs + 1, 3))


def test_it_resumes_where_it_was(clips, tmp_path):
    Runner.from_cfg(stepped(clips, tmp_path / 'whole', 2)).train()
    checkpoint = tmp_path / 'whole/epoch_5.pth'
    cfg = stepped(clips, tmp_path / 'half', 2)
    cfg.resume, cfg.load_from = True, str(checkpoint)
    Runner.from_cfg(cfg).train()
    last = 'epoch_6.pth'
    assert_same_weights(weights(tmp_path / 'half' / last), weights(tmp_path / 'whole' / last))
