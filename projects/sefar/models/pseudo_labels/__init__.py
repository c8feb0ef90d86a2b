"""What makes pseudo labels: predictions of a network, turned into labels with weights."""

from .adaptive_regulation_loss import AdaptiveRegulationLoss
from .every_prediction import EveryPrediction
from .fixed_threshold import FixedThreshold
from .monte_carlo import monte_carlo_probs
from .pseudo_labeller import PseudoLabeller, PseudoLabels

__all__ = [
    'AdaptiveRegulationLoss',
    'EveryPrediction',
    'FixedThreshold',
    'PseudoLabeller',
    'PseudoLabels',
    'monte_carlo_probs',
]
