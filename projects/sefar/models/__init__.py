"""The semi-supervised recognizer and its parts."""

from .backbones import DualLevelTimeSformer, PerElementBackbone
from .data_preprocessor import SemiSupervisedDataPreprocessor
from .heads import PairwiseFusionHead
from .losses import (
    AdaptiveRegulationLoss,
    FixedThresholdLoss,
    MeanTeacherLoss,
    MixLoss,
    PseudoLabelLoss,
)
from .recognizer import SemiSupervisedRecognizer
from .tube_mix import TubeMix

__all__ = [
    'AdaptiveRegulationLoss',
    'DualLevelTimeSformer',
    'FixedThresholdLoss',
    'MeanTeacherLoss',
    'MixLoss',
    'PairwiseFusionHead',
    'PerElementBackbone',
    'PseudoLabelLoss',
    'SemiSupervisedDataPreprocessor',
    'SemiSupervisedRecognizer',
    'TubeMix',
]
