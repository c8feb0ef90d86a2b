"""The order of clips is one for all ranks."""

from types import SimpleNamespace

import pytest

from sefar.engine.hooks import step_seed_hook


@pytest.mark.parametrize('diff', [False, True])
def test_ranks_share_the_sampler_s_seed(monkeypatch, diff):
    """MMEngine gives each rank its seed plus its number, where it is asked for that."""
    seeds = []
    for rank in range(3):
        monkeypatch.setattr(step_seed_hook, 'get_rank', lambda rank=rank: rank)
        sampler = SimpleNamespace(seed=None)
        loader = SimpleNamespace(batch_sampler=SimpleNamespace(sampler=sampler))
        runner = SimpleNamespace(
            train_dataloader=loader,
            seed=7 + rank * diff,
            _randomness_cfg=dict(seed=7, diff_rank_seed=diff),
        )
        step_seed_hook.StepSeedHook().before_train(runner)
        seeds.append(sampler.seed)
    assert seeds == [7, 7, 7]


def test_every_step_of_every_rank_and_seed_draws_anew(monkeypatch):
    seeds = []
    monkeypatch.setattr(step_seed_hook, 'set_random_seed', seeds.append)
    hook = step_seed_hook.StepSeedHook()
    for seed in (0, 1):
        for rank in (0, 1):
            monkeypatch.setattr(step_seed_hook, 'get_rank', lambda rank=rank: rank)
            for step in (0, 1, 2):
                hook.before_train_iter(SimpleNamespace(seed=seed, iter=step))
    assert len(set(seeds)) == len(seeds) == 12
