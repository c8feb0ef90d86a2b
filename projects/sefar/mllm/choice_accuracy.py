"""Accuracy of multiple-choice answers."""

from collections.abc import Sequence
from typing import Any

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .answerer import parse_letter


@METRICS.register_module()
class ChoiceAccuracy(BaseMetric):
    """Accuracy by likelihood and by free generation; chance is 25 %.

    ``likelihood``: the likeliest of the four letters is right. ``generation``: the first letter in
    the free answer is right; an answer without one is wrong. ``answered``: share of free answers
    with a letter.
    """

    default_prefix = 'choice'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Note what is right."""
        for sample in data_samples:
            answer, letter = sample['question'].answer, parse_letter(sample['generated'])
            likeliest = int(sample['choice_probs'].argmax())
            self.results.append((likeliest == answer, letter == answer, letter is not None))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Shares of the questions, in [0, 1]."""
        likelihood, generation, answered = (
            sum(column) / len(results) for column in zip(*results, strict=True)
        )
        return dict(likelihood=likelihood, generation=generation, answered=answered)
