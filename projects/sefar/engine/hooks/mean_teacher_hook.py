"""Movement of the mean teacher."""

from typing import Any

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from sefar.models.recognizer import SemiSupervisedRecognizer
from sefar.models.teacher import copy_weights, ema_update


@HOOKS.register_module()
class MeanTeacherHook(Hook):
    """Move the teacher towards the student after every step (Eq. 1).

    ::

        epoch        0 … warmup-1                    warmup …
        teacher      = student, at each epoch's end  θ_t ← ω θ_s + (1 - ω) θ_t, each step

    ω is the model's ``momentum``. With gradient accumulation the teacher moves when the student
    does, as it would with the whole batch at once.
    """

    # After SyncBuffersHook (NORMAL), before CheckpointHook (VERY_LOW).
    priority = 'BELOW_NORMAL'

    def before_train(self, runner: Runner) -> None:
        """Start a fresh run with equal networks; a resumed one keeps its teacher."""
        model = unwrap(runner.model)
        runner.train_dataloader.sampler.warmup_epochs = model.warmup_epochs
        if runner.iter == 0:
            copy_weights(model.student, model.teacher)

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Move the teacher after an optimiser step, once the warm-up is over."""
        model = unwrap(runner.model)
        if runner.epoch >= model.warmup_epochs and runner.optim_wrapper.should_update():
            ema_update(model.student, model.teacher, model.momentum)

    def after_train_epoch(self, runner: Runner) -> None:
        """Copy the student at the end of each warm-up epoch."""
        model = unwrap(runner.model)
        if runner.epoch < model.warmup_epochs:
            copy_weights(model.student, model.teacher)


def unwrap(model: Any) -> SemiSupervisedRecognizer:
    """Return the recognizer inside a DDP wrapper, if there is one.

    Raises:
        TypeError: the model has no teacher.
    """
    model = model.module if is_model_wrapper(model) else model
    if not isinstance(model, SemiSupervisedRecognizer):
        raise TypeError(
            f'MeanTeacherHook needs a SemiSupervisedRecognizer, the model is a '
            f'{type(model).__name__}; take the hook out of custom_hooks'
        )
    return model
