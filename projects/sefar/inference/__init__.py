"""A trained recognizer at work: from a checkpoint alone to answers about clips."""

from .calibration import calibration, fit_temperature
from .clip_sources import Clip, find, windows
from .predictor import Prediction, Predictor
from .trained import Trained, load_predicting, load_trained

__all__ = [
    'Clip',
    'Prediction',
    'Predictor',
    'Trained',
    'calibration',
    'find',
    'fit_temperature',
    'load_predicting',
    'load_trained',
    'windows',
]
