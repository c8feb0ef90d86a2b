"""Consistency on mixed clips."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.full_precision import full_precision


@MODELS.register_module()
class MixLoss(nn.Module):
    """Weighted squared error between the student's and the mixed teacher prediction.

    ``mean_b η'_b · mean_c (s_bc - t_bc)²`` with t the teacher's mixed probabilities (L_mix of
    Eq. 8, which does not say what is compared; SVFormer).

    Args:
        compare: ``'probabilities'`` takes the student's softmax; ``'logits'`` compares its raw
            logits with the probabilities, as the authors' code does.

    Raises:
        ValueError: ``compare`` is unknown.
    """

    def __init__(self, compare: str = 'probabilities') -> None:
        super().__init__()
        if compare not in ('probabilities', 'logits'):
            raise ValueError(f"compare={compare!r}: wanted 'probabilities' or 'logits'")
        self.compare = compare

    def forward(self, logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
        """Return the loss.

        Args:
            logits: float (B, C), the student on the mixed clips.
            target: float32 (B, C), λ p̄_1 + (1 - λ) p̄_2.
            weights: float32 (B, ), η' = λ η_1 + (1 - λ) η_2.

        Returns:
            float32 scalar.
        """
        with full_precision(logits):
            scores = logits.float()
            if self.compare == 'probabilities':
                scores = scores.softmax(1)
            return (weights * (scores - target).square().mean(1)).mean()
