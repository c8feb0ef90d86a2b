"""Probabilities that mean what they say."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature under which held-out clips are likeliest (Guo et al., ICML 2017, Eq. 9).

    Args:
        logits: float (N, C).
        labels: int (N, ).

    Returns:
        T in [0.05, 20]: ``softmax(logits / T)`` are the calibrated probabilities.

    Raises:
        ValueError: there are no labelled clips.
    """
    if not len(labels):
        raise ValueError('calibration: no labelled clip; give a list with labels')

    def negative_log_likelihood(log_t: float) -> float:
        scaled = logits / np.exp(log_t)
        own = scaled[np.arange(len(labels)), labels]
        return float((logsumexp(scaled, axis=1) - own).mean())

    bounds = (np.log(0.05), np.log(20))
    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds, bounds=bounds).x))


def calibration(
    confidence: np.ndarray, correct: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Reliability curve over ten equal bins of confidence, and the expected calibration error.

    Returns:
        Of each bin that holds clips: mean confidence, accuracy, clips; and the error, the mean of
        |confidence - accuracy| over clips, in [0, 1].
    """
    index = np.clip((confidence * 10).astype(int), 0, 9)
    used = np.unique(index)
    mean = np.array([confidence[index == b].mean() for b in used])
    right = np.array([correct[index == b].mean() for b in used])
    clips = np.array([(index == b).sum() for b in used])
    return mean, right, clips, float((clips * np.abs(mean - right)).sum() / len(confidence))
