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
