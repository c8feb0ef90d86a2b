"""Seeding of the training process."""

from typing import Any

from mmaction.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner, set_random_seed

from sefar.datasets.seeding import mix_seed


@HOOKS.register_module()
class StepSeedHook(Hook):
    """Seed every generator before each training step from (seed, iteration, rank).

    Dropout, stochastic depth and mixing then draw the same numbers in a resumed run as in one that
    was never interrupted, whatever else draws in between: a data loader, for one, draws when it
    starts workers but not when it keeps them. A resumed run takes the seed of its checkpoint,
    which MMEngine knows only after the sampler was built.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Hand the run's seed to the sampler."""
        sampler = runner.train_dataloader.batch_sampler.sampler
        if hasattr(sampler, 'seed'):
            # Ranks share one order; seeds of their own are that of rank 0 plus the rank.
            own = get_rank() if runner._randomness_cfg.get('diff_rank_seed') else 0
            sampler.seed = runner.seed - own

    def before_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Seed Python, numpy and torch (all devices)."""
        set_random_seed(mix_seed(runner.seed, 3, runner.iter, get_rank()))
