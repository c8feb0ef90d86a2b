"""What a person at a terminal sees of a run."""

import logging
import sys
from typing import Any

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tqdm import tqdm


@HOOKS.register_module()
class ConsoleHook(Hook):
    """A bar over the whole run at a terminal, and a word where there is nothing left to do.

    ::

        train: 41%|████      | 1378/3360 [05:12<07:29, teacher 92.1, loss 1.83]

    At a terminal the lines of single training steps go to the log file alone; elsewhere the
    console is MMEngine's.
    """

    priority = 'VERY_LOW'

    def __init__(self) -> None:
        self.bar: tqdm | None = None
        self.said: dict[str, str] = {}

    def before_train(self, runner: Runner) -> None:
        """Open the bar, or say that the run is over.

        The epoch is known by now: a checkpoint is loaded before.
        """
        if runner.epoch >= runner.max_epochs:
            runner.logger.info(
                f'nothing to train: {runner.work_dir} has all of its {runner.max_epochs} epochs; '
                'test its last checkpoint, or name another --work-dir for a new run'
            )
            return
        if not is_main_process() or not sys.stderr.isatty():
            return
        runner.logger.info(f'files go to {runner.work_dir}; Ctrl-C stops, --resume goes on')
        self.bar = tqdm(
            total=runner.max_iters, initial=runner.iter, desc='train', dynamic_ncols=True
        )
        for handler in runner.logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.addFilter(self._shown)

    def _shown(self, record: logging.LogRecord) -> bool:
        """Keep a message off the console, or show it above the bar."""
        if self.bar is None:
            return True
        if 'Epoch(train)' in record.getMessage():
            return False
        self.bar.clear()  # it draws itself again with the next step
        return True

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Move the bar."""
        if self.bar is not None:
            if outputs and 'loss' in outputs and runner.iter % 10 == 0:
                self.said['loss'] = f'{outputs["loss"].item():.2f}'
            self._say(refresh=False)
            self.bar.update()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keep the accuracy of each network."""
        for name, value in (metrics or {}).items():
            if name.endswith('acc/top1'):
                self.said[name.removesuffix('/acc/top1')] = f'{100 * value:.1f}'
        self._say(refresh=True)

    def _say(self, refresh: bool) -> None:
        if self.bar is not None:
            words = ', '.join(f'{name} {value}' for name, value in self.said.items())
            self.bar.set_postfix_str(words, refresh=refresh)

    def after_train(self, runner: Runner) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
