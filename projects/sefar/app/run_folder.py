"""What a work dir holds, for the page."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from mmaction.evaluation import ConfusionMatrix

from sefar.analysis.report import accuracy, read_scalars, score_file_of
from sefar.datasets.frame_cache import digest
from sefar.evaluation.score_file import Scores, read_scores
from sefar.inference import Predictor, Trained, calibration, load_predicting

from .scored_clips import ScoredClips

CURVES = ('pseudo_weight', 'pseudo_acc', 'mu')
POINTS = 400
"""Points of a curve, at most."""


class RunFolder:
    """A run: its scores, curves and network.

    Args:
        folder: The work dir of a training.
        config: Stands in the place of the checkpoint's own.

    Raises:
        FileNotFoundError: it is no work dir.
    """

    def __init__(self, folder: Path, config: str | None = None) -> None:
        self.folder = folder
        self.config = config
        if not folder.is_dir():
            raise FileNotFoundError(f'{folder}: no such work dir')
        marker = folder / 'last_checkpoint'
        if not marker.is_file():
            raise FileNotFoundError(
                f'{folder}: holds no last_checkpoint; was a model trained here?'
            )
        named = Path(marker.read_text().strip())
        # Its own where there is one: the path is that of before a folder was copied or moved.
        self.checkpoint = folder / named.name if (folder / named.name).is_file() else named

    @cached_property
    def trained(self) -> Trained:
        """The last checkpoint.

        Raises:
            ValueError: it cannot be read, see :func:`load_predicting`.
        """
        return load_predicting(self.checkpoint, self.config)

    @cached_property
    def predictor(self) -> Predictor:
        """Of the network that predicts."""
        return Predictor(self.trained)

    @cached_property
    def scores(self) -> Scores | None:
        """Of the last test, if there was one."""
        path = score_file_of(self.folder)
        return read_scores(path) if path.is_file() else None

    @cached_property
    def tested(self) -> ScoredClips | None:
        """The tested clips."""
        return ScoredClips(self.scores) if self.scores is not None else None

    @property
    def lists(self) -> Path | None:
        """Folder of the lists that ``tools/data/make_lists.py`` made, if it is one's own data."""
        folder = Path(self.trained.cfg.test_dataloader.dataset.get('data_root') or '')
        return folder if (folder / 'sefar.py').is_file() else None

    @property
    def classes(self) -> list[str]:
        """Names of the classes of the last test, of the network where there was none."""
        return self.scores.classes if self.scores is not None else self.trained.classes

    @cached_property
    def stale(self) -> str:
        """What a person should know where the test is not of the last checkpoint; else nothing."""
        if self.scores is None or self.scores.checkpoint in ('', digest(self.checkpoint)):
            return ''
        return (
            f'The results below are of another checkpoint than {self.checkpoint.name}, the last '
            f'one: test it by tools/test.py --work-dir {self.folder}'
        )

    def results(self) -> dict[str, Any]:
        """Everything that the page shows of a test and of the training, as plain values."""
        return dict(
            name=self.folder.resolve().name,
            checkpoint=self.checkpoint.name,
            stale=self.stale,
            classes=self.classes,
            networks=self.networks(),
            confusion=self.confusion(),
            reliability=self.reliability(),
            curves=self.curves(),
        )

    def networks(self) -> list[dict[str, Any]]:
        """Accuracy of each network, the one that predicts last; per class in the labels' order."""
        if self.scores is None or not (known := self.scores.labels >= 0).any():
            return []
        labels = self.scores.labels[known]
        found = []
        for name, scores in self.scores.networks.items():
            top1, mean = accuracy(scores[known], labels)
            right = scores[known].argmax(1) == labels
            by_class = [
                float(right[labels == c].mean()) if (labels == c).any() else None
                for c in range(len(self.classes))
            ]
            found.append(dict(name=name, top1=top1, mean_class=mean, by_class=by_class))
        return found

    def confusion(self) -> list[list[int]]:
        """Clips by true and predicted class, of the network that predicts."""
        if self.tested is None:
            return np.zeros((len(self.classes),) * 2, int).tolist()
        labels = self.tested.scores.labels
        known = labels >= 0
        predicted = self.tested.predicted[known]
        return ConfusionMatrix.calculate(predicted, labels[known], len(self.classes)).tolist()

    def reliability(self) -> dict[str, Any] | None:
        """Accuracy by confidence, see :func:`calibration`."""
        if self.tested is None or not (known := self.tested.scores.labels >= 0).any():
            return None
        right = self.tested.predicted[known] == self.tested.scores.labels[known]
        mean, share, clips, error = calibration(self.tested.confidence[known], right)
        return dict(
            confidence=mean.tolist(), accuracy=share.tolist(), clips=clips.tolist(), error=error
        )

    def curves(self) -> dict[str, list[list[float]]]:
        """Losses and pseudo labels as (step, value), validation accuracy as (epoch, value)."""
        try:
            rows = read_scalars(self.folder)
        except FileNotFoundError:
            return {}
        curves: dict[str, list[list[float]]] = {}
        for row in rows:
            for key, value in row.items():
                wanted = key in CURVES or key.endswith(('loss_sup', 'acc/top1'))
                if wanted and isinstance(value, (int, float)) and np.isfinite(value):
                    curves.setdefault(key, []).append([row['step'], value])
        return {name: _thinned(points) for name, points in curves.items()}


def _thinned(points: Sequence[list[float]]) -> list[list[float]]:
    stride = -(-len(points) // POINTS)
    return list(points[::stride])
