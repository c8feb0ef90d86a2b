"""The recognizer, and the parts that algorithms compose."""

from .actor_mix import ActorMix
from .backbones import DualLevelTimeSformer, PerElementBackbone
from .data_preprocessor import SemiSupervisedDataPreprocessor
from .ema_teacher import EMATeacher
from .guard import Guard
from .heads import PairwiseFusionHead
from .losses import MixLoss, ProbabilitySquaredError, PseudoLabelCrossEntropy
from .pseudo_labels import (
    AdaptiveRegulationLoss,
    EveryPrediction,
    FixedThreshold,
    PseudoLabeller,
)
from .recognizer import SemiSupervisedRecognizer
from .tube_mix import TubeMix
from .warm_up import WarmUp

__all__ = [
    'ActorMix',
    'AdaptiveRegulationLoss',
    'DualLevelTimeSformer',
    'EMATeacher',
    'EveryPrediction',
    'FixedThreshold',
    'Guard',
    'MixLoss',
    'PairwiseFusionHead',
    'PerElementBackbone',
    'ProbabilitySquaredError',
    'PseudoLabelCrossEntropy',
    'PseudoLabeller',
    'SemiSupervisedDataPreprocessor',
    'SemiSupervisedRecognizer',
    'TubeMix',
    'WarmUp',
]
