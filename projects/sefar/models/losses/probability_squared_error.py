"""Squared error of probabilities."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.pseudo_labels import PseudoLabels


@MODELS.register_module()
class ProbabilitySquaredError(nn.Module):
    """``mean_bc η_b (softmax(logits)_bc - p̄_bc)²``: labels stay soft.

    Mean Teacher's consistency (Tarvainen and Valpola, 2017).
    """

    def forward(self, logits: Tensor, pseudo: PseudoLabels) -> Tensor:
        """Return the loss; arguments as :class:`PseudoLabelCrossEntropy` takes them."""
        with full_precision(logits):
            squares = (logits.float().softmax(1) - pseudo.probs).square()
            return (pseudo.weights[:, None] * squares).mean()
