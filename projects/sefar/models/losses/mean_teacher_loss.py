"""Mean Teacher's rule."""

import torch
from mmaction.registry import MODELS
from torch import Tensor

from .pseudo_label_loss import PseudoLabelLoss, PseudoLabels


@MODELS.register_module()
class MeanTeacherLoss(PseudoLabelLoss):
    """Squared error between the student's and the teacher's probabilities, for every clip.

    Tarvainen and Valpola, "Mean teachers are better role models", 2017; they weigh it by 100. No
    clip is left out and no label is made hard.
    """

    def weigh(self, confidence: Tensor, deviation: Tensor) -> Tensor:
        """1 for every clip: (B, )."""
        return torch.ones_like(confidence)

    def forward(self, logits: Tensor, pseudo: PseudoLabels) -> Tensor:
        """Mean over clips and classes of (softmax(logits) - p̄)²; see the base class."""
        with torch.autocast(logits.device.type, enabled=False):
            return (logits.float().softmax(1) - pseudo.probs).square().mean()
