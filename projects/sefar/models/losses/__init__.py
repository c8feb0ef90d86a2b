"""What turns pseudo labels into a loss."""

from .mix_loss import MixLoss
from .probability_squared_error import ProbabilitySquaredError
from .pseudo_label_cross_entropy import PseudoLabelCrossEntropy

__all__ = ['MixLoss', 'ProbabilitySquaredError', 'PseudoLabelCrossEntropy']
