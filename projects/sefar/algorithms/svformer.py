"""SVFormer (Xing et al., CVPR 2023)."""

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor

from sefar.models.pseudo_labels import PseudoLabels

from .sefar import SeFAR


@MODELS.register_module()
class SVFormer(SeFAR):
    """SeFAR's step, which took mixing and teacher from it, with labels above a fixed threshold.

    The rest of SVFormer is in its config: one clip instead of elements, temporal warping, and in
    L_mix logits against labels, as in the authors' code.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`FixedThreshold` of 0.3.
        kwargs: See :class:`SeFAR`.
    """

    labeller = dict(type='FixedThreshold', threshold=0.3)

    def mix_targets(self, pseudo: PseudoLabels) -> Tensor:
        """One-hot where the teacher is sure, p̄ elsewhere: float32 (B, C)."""
        hard = F.one_hot(pseudo.labels, pseudo.probs.shape[1]).to(pseudo.probs.dtype)
        return torch.where(pseudo.weights[:, None] > 0, hard, pseudo.probs)
