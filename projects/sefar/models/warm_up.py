"""The supervised warm-up, and the weight ξ of the unlabelled losses after it."""

import math

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .progress import Progress

RAMPS = ('paper', 'released', 'constant')


@MODELS.register_module()
class WarmUp(nn.Module):
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
        patience: With it, the warm-up goes on until the accuracy on held-out labelled clips has not
            risen for so many epochs: w is then the least, ``at_most`` the largest length.
        at_most: Share of the run in (0, 1).

    Attributes:
        ended: Epochs that the warm-up took, once the evidence ended it; else -1.

    Raises:
        ValueError: an argument is out of range.
    """

    ended: Tensor
    best: Tensor
    waited: Tensor

    def __init__(
        self,
        epochs: int | None = None,
        ramp: str = 'paper',
        share: float | None = None,
        patience: int | None = None,
        at_most: float = 0.5,
    ) -> None:
        super().__init__()
        if epochs is None and share is None:
            epochs = 5
        both = epochs is not None and share is not None
        whole = epochs is None or (isinstance(epochs, int) and epochs >= 0)
        if both or not whole or not 0 <= (share or 0) < 1 or ramp not in RAMPS:
            raise ValueError(
                f'warmup: epochs={epochs}, share={share}, ramp={ramp!r}: wanted at least 0 whole '
                f'epochs or a share of the run in [0, 1), not both, and one of {RAMPS}'
            )
        if (patience is not None and patience < 1) or not 0 < at_most < 1:
            raise ValueError(
                f'warmup: patience={patience}, at_most={at_most}: wanted at least 1 epoch, and a '
                'share of the run in (0, 1)'
            )
        self.epochs = epochs
        self.share = share
        self.ramp = ramp
        self.patience = patience
        self.at_most = at_most
        if patience is not None:
            self.register_buffer('ended', torch.tensor(-1))
            self.register_buffer('best', torch.tensor(-1.0))
            self.register_buffer('waited', torch.tensor(0))

    def least(self, max_epochs: int) -> int:
        """W as it is stated."""
        return self.epochs if self.epochs is not None else round(self.share * max_epochs)

    def length(self, max_epochs: int) -> int:
        """W in a run of so many epochs; the largest, as long as the evidence is open."""
        least = self.least(max_epochs)
        if self.patience is None:
            return least
        if not self.ended.is_meta and self.ended >= 0:
            return int(self.ended)
        return max(least, round(self.at_most * max_epochs))

    def over(self, progress: Progress) -> bool:
        """Whether unlabelled clips are due."""
        return progress.epoch >= self.length(progress.max_epochs)

    def wants_evidence(self, progress: Progress) -> bool:
        """Whether the accuracy after this epoch can end it."""
        return self.patience is not None and progress.epoch + 1 < self.length(progress.max_epochs)

    def judge(self, accuracy: float, progress: Progress) -> str:
        """End it if the accuracy has not risen for ``patience`` epochs; says what it found."""
        # MMEngine averages buffers over ranks, which leaves of an equal one a bit less.
        if accuracy > self.best + 1e-6:
            self.best.fill_(accuracy)
            self.waited.zero_()
        else:
            self.waited.add_(1)
        done = progress.epoch + 1
        least = self.least(progress.max_epochs)
        said = f'labels alone have {100 * accuracy:.1f} % of the held-out clips right'
        if self.waited >= (self.patience or 0) and done >= least:
            self.ended.fill_(done)
            return f'{said}; it has stopped rising: the warm-up ends after {done} epochs'
        return f'{said}; the warm-up goes on'

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
