"""Scores of every test, with the names of the clips."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmaction.registry import HOOKS
from mmengine.dist import collect_results, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sefar.datasets.frame_cache import digest
from sefar.evaluation import network_scores
from sefar.evaluation.score_file import NAME, Scores, write_scores
from sefar.models.recognizer import SemiSupervisedRecognizer, unwrapped


@HOOKS.register_module()
class ScoresHook(Hook):
    """Write ``scores.npz`` into the work dir after a test, see :class:`Scores`.

    If that is of another training than the tested checkpoint, it goes beside the checkpoint.

    Beside MMAction2's ``--dump``, a pickle, whose loading can run code.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, dict[str, np.ndarray]]] = []

    def before_test_epoch(self, runner: Runner) -> None:
        """Begin anew."""
        self.rows = []

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        """Keep what was said of the batch; answers to questions have no scores."""
        for sample in outputs or ():
            if 'pred_score' not in sample:
                continue
            said = network_scores(sample.to_dict()) or {'model': sample.pred_score}
            label = int(sample.gt_label) if 'gt_label' in sample else -1
            scores = {name: score.float().cpu().numpy() for name, score in said.items()}
            self.rows.append((sample.get('clip', ''), label, scores))

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Gather from all ranks and write."""
        dataset = runner.test_dataloader.dataset
        rows = collect_results(self.rows, len(dataset))
        if not is_main_process() or not rows:
            return
        model = unwrapped(runner.model)
        names = list(rows[0][2])
        if isinstance(model, SemiSupervisedRecognizer):
            names.sort(key=lambda name: name == model.predict_on)
        number = len(rows[0][2][names[0]])
        path = scores_folder(runner) / NAME
        write_scores(
            path,
            Scores(
                [clip for clip, _, _ in rows],
                np.array([label for _, label, _ in rows]),
                {name: np.stack([said[name] for _, _, said in rows]) for name in names},
                list(map(str, dataset.metainfo.get('classes') or range(number))),
                str(getattr(getattr(dataset, 'data_list', None), 'root', '')),
                digest(runner._load_from) if runner._load_from else '',
            ),
        )
        runner.logger.info(f'scores of {len(rows)} clips: {path}')


def scores_folder(runner: Runner) -> Path:
    """The work dir; the tested checkpoint's own where the work dir is another training's.

    A config names one work dir, its trainings may have others.
    """
    folder = Path(runner.work_dir)
    if runner._load_from is None:
        return folder
    tested = Path(runner._load_from).parent
    trained = [(path / 'last_checkpoint').is_file() for path in (folder, tested)]
    return tested if all(trained) and not folder.samefile(tested) else folder
