"""The supervised warm-up, and the weight ξ of the unlabelled losses after it."""

import math

from mmaction.registry import MODELS

from .progress import Progress

RAMPS = ('paper', 'released', 'constant')


@MODELS.register_module()
class WarmUp:
    """Supervised epochs at the start, then a weight ξ (Eq. 8).

    ::

        epoch   0 … epochs-1   epochs …
        ξ       none is due    sin(n / M)                    ramp 'paper', n = epoch + 1
                               sin(π/2 · (n - w) / (M - w))  ramp 'released', w = epochs; ends at 1
                               1                             ramp 'constant'

    It is the one place that knows when unlabelled clips are due: the sampler, the losses and the
    teacher ask it through their algorithm.

    Args:
        epochs: w, supervised epochs; 5 released.
        ramp: Form of ξ. As the paper prints it, it ends at sin(1) = 0.84.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(self, epochs: int = 5, ramp: str = 'paper') -> None:
        if epochs < 0 or ramp not in RAMPS:
            raise ValueError(
                f'warmup: epochs={epochs}, ramp={ramp!r}: wanted at least 0 epochs and one of '
                f'{RAMPS}'
            )
        self.epochs = epochs
        self.ramp = ramp

    def over(self, progress: Progress) -> bool:
        """Whether unlabelled clips are due."""
        return progress.epoch >= self.epochs

    def weight(self, progress: Progress) -> float:
        """ξ in [0, 1] of an epoch after the warm-up."""
        number = progress.epoch + 1
        if self.ramp == 'paper':
            return math.sin(number / progress.max_epochs)
        if self.ramp == 'released':
            share = (number - self.epochs) / (progress.max_epochs - self.epochs)
            return math.sin(math.pi / 2 * share)
        return 1.0

    def check(self, max_epochs: int) -> None:
        """Refuse a run that ends before its warm-up does.

        Raises:
            ValueError: no unlabelled clip would ever be used.
        """
        if max_epochs <= self.epochs:
            raise ValueError(
                f'train_cfg: {max_epochs} epochs with a supervised warm-up of {self.epochs}; '
                'wanted more epochs than those, else no unlabelled clip is ever used. Set '
                'model.algorithm.warmup.epochs lower, or take _base_/algorithms/supervised.py '
                'for labels alone'
            )
