"""Accuracy of every network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS
from mmengine.logging import print_log


@METRICS.register_module()
class NetworkAccMetric(AccMetric):
    """MMAction2's accuracy for each network of a :class:`SemiSupervisedRecognizer`.

    Gives ``NAME/acc/top1``, ``NAME/acc/top5`` and ``NAME/acc/mean1`` (mean over classes) for each
    NAME, such as ``student`` and ``teacher``, in [0, 1]. Clips without a label (-1) do not count;
    of a list without any label there are no metrics, only what is dumped.

    Args:
        kwargs: See MMAction2's ``AccMetric``; the names of the networks are the prefixes.
    """

    default_prefix = ''

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Take every network's scores of a batch.

        Raises:
            ValueError: the samples have none.
        """
        scores = [network_scores(sample) for sample in data_samples]
        if not all(scores):
            raise ValueError(
                'NetworkAccMetric: no NAME_score in the samples; take AccMetric for a plain '
                'recognizer'
            )
        # AccMetric takes scores by name, one result a clip, as the collection over ranks needs it.
        super().process(
            data_batch,
            [{**sample, 'pred_score': s} for sample, s in zip(data_samples, scores, strict=True)],
        )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Metrics of each network."""
        results = [result for result in results if result['label'] >= 0]
        labels = [result['label'] for result in results]
        metrics: dict[str, float] = {}
        if not results:
            print_log('no clip has a label: predictions, no accuracy', 'current')
            return metrics
        for name in results[0]['pred']:
            scores = [result['pred'][name] for result in results]
            figures = self.calculate(scores, labels)
            figures['mean1'] = mean_class_accuracy(np.stack(scores), np.array(labels))
            metrics |= {f'{name}/acc/{key}': value for key, value in figures.items()}
        return metrics


def mean_class_accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the classes that have a clip of the share of their clips that is right, in [0, 1].

    To MMAction2's own a class without a clip is all wrong as soon as one clip is taken for it.

    Args:
        scores: float (N, C).
        labels: int (N, ).
    """
    right = scores.argmax(1) == labels
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


def network_scores(sample: dict) -> dict[str, Any]:
    """Scores (C, ) of each network in a tested sample, in the order of the networks."""
    suffix = '_score'
    return {
        key.removesuffix(suffix): value
        for key, value in sample.items()
        if key.endswith(suffix) and key != 'pred_score'
    }
