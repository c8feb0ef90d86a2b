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
        share: Share of the run in [0, 1) in w's place, rounded to epochs.
        ramp: Form of ξ. As the paper prints it, it ends at sin(1) = 0.84.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(
        self, epochs: int | None = None, ramp: str = 'paper', share: float | None = None
    ) -> None:
        if epochs is None and share is None:
            epochs = 5
        both = epochs is not None and share is not None
        if both or (epochs or 0) < 0 or not 0 <= (share or 0) < 1 or ramp not in RAMPS:
            raise ValueError(
                f'warmup: epochs={epochs}, share={share}, ramp={ramp!r}: wanted at least 0 epochs '
                f'or a share of the run in [0, 1), not both, and one of {RAMPS}'
            )
        self.epochs = epochs
        self.share = share
        self.ramp = ramp

    def length(self, max_epochs: int) -> int:
        """W in a run of so many epochs."""
        return round(self.share * max_epochs) if self.epochs is None else self.epochs

    def over(self, progress: Progress) -> bool:
        """Whether unlabelled clips are due."""
        return progress.epoch >= self.length(progress.max_epochs)

    def weight(self, progress: Progress) -> float:
        """ξ in [0, 1] of an epoch after the warm-up."""
        number = progress.epoch + 1
        if self.ramp == 'paper':
            return math.sin(number / progress.max_epochs)
        if self.ramp == 'released':
            length = self.length(progress.max_epochs)
            return math.sin(math.pi / 2 * (number - length) / (progress.max_epochs - length))
        return 1.0

    def check(self, max_epochs: int) -> None:
        """Refuse a run that ends before its warm-up does.

        Raises:
            ValueError: no unlabelled clip would ever be used.
        """
        length = self.length(max_epochs)
        if max_epochs <= length:
            raise ValueError(
                f'train_cfg: {max_epochs} epochs with a supervised warm-up of {length}; '
                'wanted more epochs than those, else no unlabelled clip is ever used. Set '
                'model.algorithm.warmup.epochs lower, or take _base_/algorithms/supervised.py '
                'for labels alone'
            )
