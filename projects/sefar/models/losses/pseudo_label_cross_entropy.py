"""Cross-entropy against hard pseudo labels."""

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.pseudo_labels import PseudoLabels


@MODELS.register_module()
class PseudoLabelCrossEntropy(nn.Module):
    """``mean_b η_b · CE(logits_b, ŷ_b)``: hard labels, a weight a clip (paper, L_un)."""

    def forward(self, logits: Tensor, pseudo: PseudoLabels) -> Tensor:
        """Return the loss.

        Args:
            logits: float (B, C), the network that learns, on the strong view.
            pseudo: Labels and weights.

        Returns:
            float32 scalar.
        """
        with full_precision(logits):
            losses = F.cross_entropy(logits.float(), pseudo.labels, reduction='none')
            return (pseudo.weights * losses).mean()
