"""Every network's own scores are what its accuracy is of."""

import numpy as np
import pytest

from sefar.evaluation import NetworkAccMetric, mean_class_accuracy


def test_accuracy_of_each_network_by_hand():
    """Four clips, one without a label; the teacher is always right, the student once of three."""
    metric = NetworkAccMetric()
    metric.dataset_meta = {}
    scores = np.eye(3)
    results = [
        dict(label=label, pred=dict(student=scores[student], teacher=scores[label]))
        for label, student in ((0, 1), (1, 1), (2, 0), (-1, 0))
    ]
    found = metric.compute_metrics(results)
    assert found['student/acc/top1'] == pytest.approx(1 / 3)
    assert found['teacher/acc/top1'] == 1
    assert found['student/acc/mean1'] == pytest.approx(1 / 3)


def test_a_class_without_a_clip_is_not_all_wrong():
    scores = np.eye(4)[[0, 0, 3, 1, 2]]  # 3 is nobody's class, and taken for one clip
    labels = np.array([0, 0, 1, 1, 2])
    assert mean_class_accuracy(scores, labels) == pytest.approx((1 + 1 / 2 + 1) / 3)
    metric = NetworkAccMetric()
    metric.dataset_meta = {}
    results = [dict(label=t, pred=dict(a=s)) for t, s in zip(labels, scores, strict=True)]
    assert metric.compute_metrics(results)['a/acc/mean1'] == pytest.approx(2.5 / 3)
