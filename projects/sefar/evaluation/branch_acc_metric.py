"""Accuracy of student and teacher."""

from collections.abc import Sequence
from typing import Any

from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS


@METRICS.register_module()
class BranchAccMetric(AccMetric):
    """MMAction2's accuracy for one of the two networks, named after it.

    ``BranchAccMetric(branch='student')`` gives ``student/acc/top1``, ``student/acc/top5`` and
    ``student/acc/mean1`` (mean over classes), each in [0, 1].

    Args:
        branch: ``'student'`` or ``'teacher'``.
        kwargs: See MMAction2's ``AccMetric``.
    """

    def __init__(self, branch: str, **kwargs: Any) -> None:
        if branch not in ('student', 'teacher'):
            raise ValueError(f"branch={branch!r}: wanted 'student' or 'teacher'")
        kwargs.setdefault('prefix', f'{branch}/acc')
        super().__init__(**kwargs)
        self.branch = branch

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Take the branch's scores of a batch."""
        key = f'{self.branch}_score'
        super().process(data_batch, [{**s, 'pred_score': s[key]} for s in data_samples])
