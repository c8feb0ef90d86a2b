"""What makes pseudo labels: predictions of a network, turned into labels with weights."""

from importlib import import_module
from pkgutil import iter_modules

from .adaptive_regulation_loss import AdaptiveRegulationLoss
from .curriculum_threshold import CurriculumThreshold
from .distribution_alignment import DistributionAlignment
from .every_prediction import EveryPrediction
from .fixed_threshold import FixedThreshold
from .monte_carlo import monte_carlo_probs
from .pseudo_labeller import PseudoLabeller, PseudoLabels
from .relative_threshold import RelativeThreshold
from .self_adaptive_threshold import SelfAdaptiveThreshold
from .truncated_gaussian import TruncatedGaussian

for _module in iter_modules(__path__):  # a new file is found by itself
    import_module(f'{__name__}.{_module.name}')

__all__ = [
    'AdaptiveRegulationLoss',
    'CurriculumThreshold',
    'DistributionAlignment',
    'EveryPrediction',
    'FixedThreshold',
    'PseudoLabeller',
    'PseudoLabels',
    'RelativeThreshold',
    'SelfAdaptiveThreshold',
    'TruncatedGaussian',
    'monte_carlo_probs',
]
