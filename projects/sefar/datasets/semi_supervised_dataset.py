"""The labelled and the unlabelled list as one data set."""

from typing import Any

from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset, ConcatDataset

from .seeding import seeded_draws


@DATASETS.register_module()
class SemiSupervisedDataset(ConcatDataset):
    """Labelled clips first, unlabelled ones behind them.

    ::

        index   0 … n_l - 1 | n_l … n_l + n_u - 1
        clip      labelled  |      unlabelled

    Args:
        labelled: Data set (config) with labels.
        unlabelled: Data set (config) whose labels are not read in training.
        lazy_init: See MMEngine's ``ConcatDataset``.
    """

    def __init__(
        self, labelled: dict | BaseDataset, unlabelled: dict | BaseDataset, lazy_init: bool = False
    ) -> None:
        # The two lists name the same classes, but only one of them may say so.
        super().__init__(
            [labelled, unlabelled], lazy_init=lazy_init, ignore_keys=['classes', 'num_classes']
        )

    @property
    def labelled(self) -> BaseDataset:
        """The labelled part."""
        return self.datasets[0]

    @property
    def unlabelled(self) -> BaseDataset:
        """The unlabelled part."""
        return self.datasets[1]

    def __getitem__(self, idx: int) -> Any:
        """Return the sample at ``idx``; a :class:`SeededIndex` fixes its random draws.

        A sample that the step will not use (the supervised warm-up) is ``None`` and costs nothing.
        """
        if getattr(idx, 'unused', False):
            return None
        part, sample = self._get_ori_dataset_idx(int(idx))
        with seeded_draws(idx):
            return self.datasets[part][sample]
