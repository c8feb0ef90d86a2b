"""A run whose loss is no number stops."""

from collections.abc import Iterator
from typing import Any

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sefar.engine.checkpoint_checks import not_finite
from sefar.models.recognizer import unwrapped


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop at a loss that is not finite, and name the clips of its batch.

    The checkpoints before it are good; every epoch's weights are looked at before they are saved.

    Raises:
        FloatingPointError: in training; says the step, the parts of the loss and the clips.
    """

    priority = 'HIGH'  # before checkpoints

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Look at a step's loss."""
        losses = {name: value for name, value in (outputs or {}).items() if 'loss' in name}
        loss = losses.get('loss')
        if loss is None or torch.isfinite(torch.as_tensor(loss)).all():
            return
        parts = ', '.join(
            f'{name} {float(torch.as_tensor(value).detach()):g}' for name, value in losses.items()
        )
        clips = ', '.join(sorted(set(_clips((data_batch or {}).get('data_samples')))))
        raise FloatingPointError(
            f'step {runner.iter + 1}: the loss is not finite ({parts}). {self._kept(runner)} Lower '
            f'the learning rate, or look at the clips of this batch: {clips or "unknown"}'
        )

    def after_train_epoch(self, runner: Runner) -> None:
        """Look at the weights before they are saved."""
        name = not_finite(unwrapped(runner.model).state_dict())
        if name is not None:
            raise FloatingPointError(
                f'epoch {runner.epoch + 1}: {name} is not finite. {self._kept(runner)} Lower '
                'the learning rate'
            )

    @staticmethod
    def _kept(runner: Runner) -> str:
        saved = runner.message_hub.runtime_info.get('last_ckpt')
        return f'The last checkpoint is {saved}.' if saved else 'Nothing was saved.'


def _clips(samples: Any) -> Iterator[str]:
    """Names of the clips of nested samples."""
    if isinstance(samples, dict):
        samples = list(samples.values())
    if isinstance(samples, (list, tuple)):
        for sample in samples:
            yield from _clips(sample)
    elif samples is not None:
        yield str(samples.get('filename', 'unknown'))
