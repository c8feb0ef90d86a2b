"""Distribution alignment."""

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .running_mean import mean_over_ranks, move

TARGETS = ('uniform', 'labelled')


@MODELS.register_module()
class DistributionAlignment(nn.Module):
    r"""Bring the classes that a labeller sees in the pool to the shares that they should have.

    .. math::

        \tilde p = \text{normalise}(p \cdot q / m)

    with :math:`m` the running mean of predictions of unlabelled clips and :math:`q` the target:
    equal shares (SoftMatch, Chen et al. 2023) or the running mean of predictions of labelled clips
    (AdaMatch, Berthelot et al. 2022; ReMixMatch, 2020). A class that the labeller forgets is made
    likelier, one that swallows others less likely.

    Args:
        target: ``'uniform'`` or ``'labelled'``.
        momentum: Of the running means, in [0, 1); 0.999 as published, for runs of a million steps.
        labels: Whether labels are taken of the aligned probabilities too, or confidence and weights
            alone (SoftMatch).

    Raises:
        ValueError: an argument is out of range.
    """

    unlabelled_mean: Tensor
    labelled_mean: Tensor

    def __init__(
        self, target: str = 'uniform', momentum: float = 0.999, labels: bool = True
    ) -> None:
        super().__init__()
        if target not in TARGETS or not 0 <= momentum < 1:
            raise ValueError(
                f'alignment: target={target!r}, momentum={momentum}: wanted one of {TARGETS} and a '
                'momentum in [0, 1)'
            )
        self.target = target
        self.momentum = momentum
        self.labels = labels

    def build(self, num_classes: int) -> None:
        """Make room for the classes; the labeller knows them when it sees its network."""
        for name in ('unlabelled_mean', 'labelled_mean'):
            self.register_buffer(name, torch.full((num_classes,), 1 / num_classes))

    def forward(self, probs: Tensor, labelled: Tensor | None) -> Tensor:
        """Move the running means, except in evaluation mode, then align.

        Args:
            probs: float32 (U, B, C), predictions of unlabelled clips.
            labelled: float32 (B_l, C), predictions of labelled ones; wanted for ``'labelled'``.

        Returns:
            float32 (U, B, C), probabilities again.
        """
        if self.training:
            move(self.unlabelled_mean, mean_over_ranks(probs.mean((0, 1))), self.momentum)
            if self.target == 'labelled':
                move(self.labelled_mean, mean_over_ranks(labelled.mean(0)), self.momentum)
        # With the target 'uniform' the labelled mean stays where it began: equal shares.
        target = self.labelled_mean
        aligned = probs * (target + 1e-6) / (self.unlabelled_mean + 1e-6)
        return aligned / aligned.sum(-1, keepdim=True)
