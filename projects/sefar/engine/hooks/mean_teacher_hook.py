"""What follows an optimiser step."""

import math
from typing import Any

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sefar.models.progress import Progress
from sefar.models.recognizer import SemiSupervisedRecognizer, unwrapped


@HOOKS.register_module()
class MeanTeacherHook(Hook):
    """Tell the algorithm of every step and epoch: a mean teacher moves, others do what they do.

    With gradient accumulation a step counts when the optimiser makes it, so a teacher moves as it
    would with the whole batch at once. The sampler asks the algorithm, too, whether unlabelled
    clips are due.
    """

    # After SyncBuffersHook (NORMAL), before CheckpointHook (VERY_LOW).
    priority = 'BELOW_NORMAL'

    def before_train(self, runner: Runner) -> None:
        """Begin a fresh run; a resumed one keeps what its checkpoint holds.

        Raises:
            TypeError: the model has no algorithm.
        """
        model = unwrapped(runner.model)
        if not isinstance(model, SemiSupervisedRecognizer):
            raise TypeError(
                f'MeanTeacherHook needs a SemiSupervisedRecognizer, the model is a '
                f'{type(model).__name__}; take the hook out of custom_hooks'
            )
        self.algorithm = model.algorithm
        runner.train_dataloader.batch_sampler.sampler.needs_unlabelled = lambda epoch: (
            self.algorithm.needs_unlabelled(Progress(epoch, runner.max_epochs))
        )
        if runner.iter == 0:
            self.algorithm.start()

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        """Follow an optimiser step."""
        if runner.optim_wrapper.should_update():
            steps = math.ceil(runner.max_iters / runner.optim_wrapper._accumulative_counts)
            self.algorithm.after_step(Progress(runner.epoch, runner.max_epochs, steps))

    def after_train_epoch(self, runner: Runner) -> None:
        """Follow an epoch."""
        self.algorithm.after_epoch(Progress(runner.epoch, runner.max_epochs))
