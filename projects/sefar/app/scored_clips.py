"""Clips with what a network said of them, to look through."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sefar.evaluation.score_file import Scores
from sefar.inference import Clip


class ScoredClips:
    """N clips of a file of scores.

    Args:
        scores: Of a test, or of unlabelled clips by ``tools/label_next.py``.
    """

    def __init__(self, scores: Scores) -> None:
        *_, last = scores.networks.values()
        self.scores = scores
        self.predicted: np.ndarray = last.argmax(1)
        """Predicted, or pseudo label, of the network that predicts, int (N, )."""
        self.confidence: np.ndarray = last.max(1)
        """Its probability, float32 (N, )."""
        self.clips = [
            Clip(name, name if name.startswith('/') else scores.root + name, int(label))
            for name, label in zip(scores.clips, scores.labels, strict=True)
        ]

    def find(self, query: Mapping[str, str]) -> np.ndarray:
        """Numbers of the clips that a query names, int (n, ).

        Args:
            query: Of ``true`` and ``predicted`` (a class by number), ``wrong`` (``'1'``), ``text``
                (a part of the name) and ``order`` (``unsure`` or ``sure`` first).
        """
        kept = np.ones(len(self.clips), bool)
        if query.get('true', '') != '':
            kept &= self.scores.labels == int(query['true'])
        if query.get('predicted', '') != '':
            kept &= self.predicted == int(query['predicted'])
        if query.get('wrong') == '1':
            kept &= (self.predicted != self.scores.labels) & (self.scores.labels >= 0)
        if text := query.get('text', '').lower():
            kept &= np.array([text in clip.name.lower() for clip in self.clips], bool)
        numbers = np.nonzero(kept)[0]
        if (order := query.get('order', '')) != '':
            signs = dict(unsure=1, sure=-1)
            numbers = numbers[np.argsort(signs[order] * self.confidence[numbers], kind='stable')]
        return numbers

    def row(self, number: int) -> dict[str, Any]:
        """A clip as plain values."""
        return dict(
            number=number,
            name=self.clips[number].name,
            label=self.clips[number].label,
            predicted=int(self.predicted[number]),
            confidence=float(self.confidence[number]),
        )
