"""The interface of what makes pseudo labels."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.logging import print_log
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.modes import evaluating

from .monte_carlo import dropouts, monte_carlo_probs, needs_full_passes


@dataclass
class PseudoLabels:
    """What a network says of ``B`` unlabelled clips; float32, without gradient.

    Attributes:
        probs: (B, C) mean probability over its U predictions.
        labels: int64 (B, ) argmax of ``probs``.
        confidence: (B, ) μ*, the maximum of ``probs``, or of the aligned probabilities where
            alignment changes the confidence alone.
        deviation: (B, ) σ*, standard deviation (unbiased) of the label's probability over the
            U predictions; 0 where U is 1.
        weights: (B, ) η, the weight of each clip in the loss.
    """

    probs: Tensor
    labels: Tensor
    confidence: Tensor
    deviation: Tensor
    weights: Tensor


class PseudoLabeller(nn.Module):
    """Draw a network's predictions of unlabelled clips and turn them into weighted labels.

    A subclass gives the weights in :meth:`weigh`; register it in ``MODELS`` and name it as
    ``pseudo_labels`` of an algorithm. What it learns over a run belongs into buffers, which are
    saved with the model; in evaluation mode it stays as it is.

    Args:
        num_predictions: U, predictions of a clip with dropout; 1 is one prediction without, for
            rules that look at no deviation.
        alignment: Config of a :class:`DistributionAlignment`, before weights and, if it says so,
            labels are taken.

    Raises:
        ValueError: an argument is out of range.

    Attributes:
        max_weight: Upper bound of the weights; the log's shares are fractions of it.
    """

    max_weight: float = 1.0
    wants_labelled: bool = False

    def __init__(self, num_predictions: int = 1, alignment: dict | None = None) -> None:
        super().__init__()
        if num_predictions < 1:
            raise ValueError(f'num_predictions={num_predictions}: wanted at least 1')
        self.num_predictions = num_predictions
        self.alignment = MODELS.build(alignment) if alignment is not None else None
        if self.alignment is not None and self.alignment.target == 'labelled':
            self.wants_labelled = True

    def weigh(self, confidence: Tensor, deviation: Tensor, labels: Tensor) -> Tensor:
        """Weight of each clip: μ*, σ* float32 (B, ) and ŷ int64 (B, ) → float32 (B, )."""
        raise NotImplementedError(f'{type(self).__name__} has no weigh')

    def observe(self, probs: Tensor, labelled: Tensor | None) -> None:
        """Move what a rule learns over a run, before it weighs.

        Args:
            probs: float32 (B, C) mean predictions of unlabelled clips, aligned.
            labelled: float32 (B_l, C), those of labelled clips where they are wanted.
        """

    def bind(self, network: nn.Module) -> None:
        """Make room for the network's classes; refuse one whose predictions would all be equal.

        Raises:
            ValueError: it has no dropout.
        """
        if self.alignment is not None:
            self.alignment.build(classes_of(network))
        if self.num_predictions == 1:
            return
        if not dropouts(network):
            raise ValueError(
                f'{type(self).__name__}: no dropout is active in the network that labels, so its '
                f'{self.num_predictions} predictions would be equal and the weights say nothing; '
                'set cls_head.dropout_ratio above 0 (released: 0.5)'
            )
        if needs_full_passes(network):
            print_log(
                f'The backbone has active dropout: {self.num_predictions} predictions cost as many '
                'full passes. With dropout in the head alone they cost one.',
                logger='current',
                level=logging.WARNING,
            )

    def forward(
        self,
        network: nn.Module,
        clips: Tensor,
        relabel: Callable[[Tensor], Tensor] = lambda probs: probs,
        labelled: Any = None,
    ) -> PseudoLabels:
        """Let a network predict the clips, in evaluation mode, and weigh what it says.

        Args:
            network: Recognizer that labels.
            clips: float (B, 1, C, K, H, W).
            relabel: Turns probabilities (U, B, C) into those of another view, where mirroring
                exchanges classes.
            labelled: float (B_l, 1, C, K, H, W), labelled clips, where ``wants_labelled``.
        """
        said = None
        with evaluating(network):
            probs = monte_carlo_probs(network, clips, self.num_predictions)
            if self.wants_labelled and self.training:
                said = monte_carlo_probs(network, labelled, 1)[0]
        return self.label(relabel(probs), said)

    def label(self, probs: Tensor, labelled: Tensor | None = None) -> PseudoLabels:
        """Turn predictions into weighted pseudo labels.

        Args:
            probs: float (U, B, C) probabilities of U predictions.
            labelled: float (B_l, C), those of labelled clips, where ``wants_labelled``.

        Raises:
            ValueError: a rule gives no weight a clip.
        """
        with torch.no_grad(), full_precision(probs):
            probs = probs.float()
            mean = probs.mean(0)
            if self.alignment is not None:
                aligned = self.alignment(probs, labelled)
                confidence = aligned.mean(0).amax(1)
                if self.alignment.labels:
                    probs, mean = aligned, aligned.mean(0)
            else:
                confidence = mean.amax(1)
            labels = mean.argmax(1)
            of_label = probs.gather(2, labels.expand(len(probs), -1).unsqueeze(2)).squeeze(2)
            deviation = of_label.std(0, correction=min(1, len(probs) - 1))
            if self.training:
                self.observe(mean if self.alignment is None else aligned.mean(0), labelled)
            weights = self.weigh(confidence, deviation, labels)
            self._check(weights, labels)
        return PseudoLabels(mean, labels, confidence, deviation, weights)

    def _check(self, weights: Any, labels: Tensor) -> None:
        """Another shape would be broadcast, and weigh every clip by the mean."""
        shape = getattr(weights, 'shape', None)
        if shape != labels.shape:
            found = type(weights).__name__ if shape is None else tuple(shape)
            raise ValueError(
                f'{type(self).__name__}.weigh gave {found}; wanted {tuple(labels.shape)}, a weight '
                'a clip'
            )


def classes_of(network: Any) -> int:
    """Classes that a network tells apart."""
    return network.cls_head.num_classes
