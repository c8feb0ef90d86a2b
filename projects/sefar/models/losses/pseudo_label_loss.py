"""The interface of the losses on pseudo labels."""

from abc import abstractmethod
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass
class PseudoLabels:
    """What the teacher says of ``B`` unlabelled clips; float32, without gradient.

    Attributes:
        probs: (B, C) mean probability over its U predictions.
        labels: int64 (B, ) argmax of ``probs``.
        confidence: (B, ) μ*, the maximum of ``probs``.
        deviation: (B, ) σ*, standard deviation (unbiased) of the label's probability over the
            U predictions; 0 where U is 1.
        weights: (B, ) η, the weight of each clip in the loss.
    """

    probs: Tensor
    labels: Tensor
    confidence: Tensor
    deviation: Tensor
    weights: Tensor


class PseudoLabelLoss(nn.Module):
    """Cross-entropy against hard pseudo labels with a weight per clip.

    A subclass gives the rule in :meth:`weigh`; register it in ``MODELS`` and name it as
    ``regulation`` of :class:`SemiSupervisedRecognizer`.

    Attributes:
        max_weight: Upper bound of the weights; the log's shares are fractions of it.
        min_predictions: Predictions of the teacher that the rule needs.
    """

    max_weight: float = 1.0
    min_predictions: int = 1

    @abstractmethod
    def weigh(self, confidence: Tensor, deviation: Tensor) -> Tensor:
        """Weight of each clip from μ* and σ*, float32 (B, ) each."""

    def pseudo_label(self, probs: Tensor) -> PseudoLabels:
        """Turn the teacher's predictions into weighted pseudo labels.

        Args:
            probs: float (U, B, C) probabilities of U predictions.
        """
        with torch.no_grad(), torch.autocast(probs.device.type, enabled=False):
            probs = probs.float()
            mean = probs.mean(0)
            confidence, labels = mean.max(1)
            of_label = probs.gather(2, labels.expand(len(probs), -1).unsqueeze(2)).squeeze(2)
            deviation = of_label.std(0, correction=min(1, len(probs) - 1))
            weights = self.weigh(confidence, deviation)
        return PseudoLabels(mean, labels, confidence, deviation, weights)

    def forward(self, logits: Tensor, pseudo: PseudoLabels) -> Tensor:
        """Mean over clips of η · CE(logits, ŷ).

        Args:
            logits: float (B, C), the student on the strong view.
            pseudo: The teacher's labels and weights.

        Returns:
            float32 scalar.
        """
        with torch.autocast(logits.device.type, enabled=False):
            losses = F.cross_entropy(logits.float(), pseudo.labels, reduction='none')
            return (pseudo.weights * losses).mean()
