"""Losses on unlabelled clips."""

from .adaptive_regulation_loss import AdaptiveRegulationLoss
from .fixed_threshold_loss import FixedThresholdLoss
from .mean_teacher_loss import MeanTeacherLoss
from .mix_loss import MixLoss
from .pseudo_label_loss import PseudoLabelLoss, PseudoLabels

__all__ = [
    'AdaptiveRegulationLoss',
    'FixedThresholdLoss',
    'MeanTeacherLoss',
    'MixLoss',
    'PseudoLabelLoss',
    'PseudoLabels',
]
