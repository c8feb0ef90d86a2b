"""Whether unlabelled clips pay."""

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class Guard(nn.Module):
    """Trust the unlabelled losses as far as held-out labelled clips speak for them.

    ::

        won, lost   held-out clips that one network alone has right: trained with unlabelled clips,
                    or on the labels alone
        lost - won > sigmas · sqrt(won + lost)    trust halves, and the labels alone predict
        won ≥ lost                                trust doubles, up to 1

    A difference of two classifiers on the same clips has about that standard deviation where
    neither is better, so that chance halves the trust in one look of six. Where the teacher starts
    poor, weights that never fall to zero train on wrong labels; less weight lets the labels lead.

    Args:
        interval: Epochs from one look to the next; the last epoch is looked at in any case.
        sigmas: How clear a loss must be, at least 0.
        floor: Least trust, in (0, 1].

    Attributes:
        trust: Factor of the unlabelled losses, in [floor, 1].
        handed_back: Whether the last look spoke for the labels alone.

    Raises:
        ValueError: an argument is out of range.
    """

    trust: Tensor
    handed_back: Tensor

    def __init__(self, interval: int = 3, sigmas: float = 1.0, floor: float = 0.125) -> None:
        super().__init__()
        if interval < 1 or not sigmas >= 0 or not 0 < floor <= 1:
            raise ValueError(
                f'guard: interval={interval}, sigmas={sigmas}, floor={floor}: wanted at least 1 '
                'epoch, at least 0 standard deviations, and a floor in (0, 1]'
            )
        self.interval = interval
        self.sigmas = sigmas
        self.floor = floor
        self.register_buffer('trust', torch.tensor(1.0))
        self.register_buffer('handed_back', torch.tensor(False))

    # On the meta device, where cost is counted, nothing has been looked at.
    @property
    def hands_back(self) -> bool:
        """Whether the labels alone should predict."""
        return not self.handed_back.is_meta and bool(self.handed_back)

    @property
    def factor(self) -> float:
        """What the unlabelled losses count by."""
        return 1.0 if self.trust.is_meta else self.trust.item()

    def judge(self, right: Tensor, right_alone: Tensor) -> str:
        """Compare two networks on the same clips.

        Args:
            right: bool (N, ), where the network trained with unlabelled clips is right.
            right_alone: bool (N, ), where the one of the labels alone is.

        Returns:
            The verdict in words.
        """
        won = int((right & ~right_alone).sum())
        lost = int((right_alone & ~right).sum())
        pays = lost - won <= self.sigmas * (won + lost) ** 0.5
        self.handed_back.fill_(not pays)
        if not pays:
            self.trust.mul_(0.5).clamp_(min=self.floor)
        elif won >= lost:
            self.trust.mul_(2).clamp_(max=1)
        verdict = 'unlabelled clips pay' if won > lost else 'no gain shows yet'
        verdict = verdict if pays else 'unlabelled clips cost; the labels alone predict'
        return (
            f'{verdict} (of {len(right)} held-out clips {won} won, {lost} lost against the labels '
            f'alone); their losses count by {self.factor:.3g}'
        )
