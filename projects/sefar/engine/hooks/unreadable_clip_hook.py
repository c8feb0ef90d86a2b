"""Account of the unlabelled clips that could not be read."""

from typing import Any

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class UnreadableClipHook(Hook):
    """Name each unreadable unlabelled clip once, and say at the end how many there were.

    :class:`UnlabelledVideoDataset` replaces such clips and notes them in the samples.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.replaced = 0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Collect what the batch's samples say."""
        samples = (data_batch or {}).get('data_samples')
        if not isinstance(samples, dict):
            return
        for sample in samples.get('unlabelled', ()):
            unreadable = sample.get('unreadable', ())
            self.replaced += bool(unreadable)
            for place in unreadable:
                if place not in self.seen:
                    self.seen.add(place)
                    runner.logger.warning(f'{place}: cannot be read; another clip takes its place')

    def after_train_epoch(self, runner: Runner) -> None:
        """Name those that other ranks met, whose warnings nobody sees."""
        for place in sorted(set().union(*all_gather_object(self.seen)) - self.seen):
            self.seen.add(place)
            runner.logger.warning(f'{place}: cannot be read; another clip takes its place')

    def after_train(self, runner: Runner) -> None:
        """Report over all ranks."""
        replaced = sum(all_gather_object(self.replaced))
        if self.seen:
            runner.logger.warning(
                f'{len(self.seen)} unlabelled clips could not be read; {replaced} samples were '
                'replaced. Repair the clips or take them out of the list.'
            )
