"""Every network's own scores are what its accuracy is of."""

import numpy as np
import pytest

from sefar.evaluation import NetworkAccMetric


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
