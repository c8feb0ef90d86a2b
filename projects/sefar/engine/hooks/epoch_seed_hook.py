"""Seeding of the training process."""

import random

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sefar.datasets.seeding import mix_seed


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seed every generator at the start of each epoch from (seed, epoch, rank).

    Dropout, stochastic depth and mixing then draw the same numbers in a run that was resumed from
    the last epoch's checkpoint as in one that was never interrupted. A resumed run takes the seed
    of its checkpoint, which MMEngine knows only after the sampler was built.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Hand the run's seed to the sampler."""
        sampler = runner.train_dataloader.sampler
        if hasattr(sampler, 'seed'):
            sampler.seed = runner.seed

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed Python, numpy and torch (all devices)."""
        seed = mix_seed(runner.seed, 3, runner.epoch, get_rank())
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
