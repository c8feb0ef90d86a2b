"""The labelled and the unlabelled list as one data set."""

from typing import Any

from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset, ConcatDataset

from .clip_lists import named
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
        share: Labelled share in percent. It stands for ``{share}`` in the names of both lists, as
            in ``labelled_{share:02g}p.txt``, so that one option chooses both.
        draw: Number of a draw of the labelled clips, which stands for ``{draw}`` likewise.
        lazy_init: See MMEngine's ``ConcatDataset``.
        common: Further keywords of both data sets (``data_root``, ``num_classes``, …), where their
            own configs do not say otherwise.

    Raises:
        ValueError: a list's name holds ``{share}`` but there is no share, or the reverse.
    """

    def __init__(
        self,
        labelled: dict | BaseDataset,
        unlabelled: dict | BaseDataset,
        share: float | None = None,
        draw: int | None = None,
        lazy_init: bool = False,
        **common: Any,
    ) -> None:
        names = dict(share=share, draw=draw)
        configs = [part for part in (labelled, unlabelled) if not isinstance(part, BaseDataset)]
        lists = [str(part['ann_file']) for part in configs]
        for name, value in names.items():
            if value is not None and not any(f'{{{name}' in ann_file for ann_file in lists):
                raise ValueError(
                    f'{name}={value}, but neither {" nor ".join(lists)} has {{{name}}} in its '
                    'name; name the lists themselves, or give names such as '
                    'labelled_{share:02g}p.txt'
                )
        parts = [_with(part, names, common) for part in (labelled, unlabelled)]
        # The two lists name the same classes, but only one of them may say so.
        super().__init__(parts, lazy_init=lazy_init, ignore_keys=['classes', 'num_classes'])

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


def _with(part: dict | BaseDataset, names: dict, common: dict) -> dict | BaseDataset:
    """A part's config with what both parts share."""
    if isinstance(part, BaseDataset):
        return part
    return {**common, **part, 'ann_file': named(part['ann_file'], **names)}
