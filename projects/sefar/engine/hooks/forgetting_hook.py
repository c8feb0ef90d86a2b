"""A run that forgets its labels says so."""

from typing import Any

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor


@HOOKS.register_module()
class ForgettingHook(Hook):
    """Warn where the labels' loss jumps after unlabelled clips have come in.

    Their losses then outweigh what the supervised warm-up has learnt, and most pseudo labels are
    soon wrong (docs/what_was_tried.md): an epoch whose mean ``loss_sup`` is ``times`` that of the
    last supervised one, and above it by ``rise``.

    Args:
        times: Factor, above 1.
        rise: In nats, at least 0: a loss that is near 0 may double.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(self, times: float = 3.0, rise: float = 0.5) -> None:
        if not times > 1 or not rise >= 0:
            raise ValueError(
                f'times={times}, rise={rise}: wanted a factor above 1 and at least 0 nats'
            )
        self.times = times
        self.rise = rise
        self._before: float | None = None
        self._losses: list[Tensor] = []
        self._unlabelled = False

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Keep a step's loss, on its device."""
        if 'loss_sup' in (outputs or {}):
            self._losses.append(torch.as_tensor(outputs['loss_sup']).detach())
            self._unlabelled |= 'xi' in outputs

    def after_train_epoch(self, runner: Runner) -> None:
        """Compare an epoch with the last supervised one."""
        if not self._losses:
            return
        now = torch.stack(self._losses).mean().item()
        self._losses.clear()
        if not self._unlabelled:
            self._before = now
            return
        before = self._before
        if before is not None and now > max(before + self.rise, before * self.times):
            runner.logger.warning(
                f"epoch {runner.epoch + 1}: the labels' loss is {now:.3g}, and was {before:.3g} "
                'before unlabelled clips came in: what was learnt of the labels is lost. Take '
                "model.algorithm.warmup.ramp='released', a smaller gamma_un or a lower rate"
            )
            self._before = None  # once
