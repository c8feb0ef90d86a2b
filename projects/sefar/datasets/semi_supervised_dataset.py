"""The labelled and the unlabelled list as one data set."""

from collections.abc import Mapping
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
        flip_label_map: Classes that a horizontal flip exchanges, ``{class: class}``; ``{}`` where
            it changes none. Half of the labelled, weak and strong views are then mirrored: it fills
            their ``flip`` slots, and labels follow. ``None`` leaves the slots alone.
        reverse_label_map: Likewise for clips played backwards, and the ``reverse`` slots. Give the
            algorithm the same maps.
        lazy_init: See MMEngine's ``ConcatDataset``.
        common: Further keywords of both data sets (``data_root``, ``num_classes``, …), where their
            own configs do not say otherwise.

    Raises:
        ValueError: label maps are given for pipelines without named slots, or whose slots are
            filled; a list's name holds ``{share}`` but there is no share, or the reverse.
    """

    def __init__(
        self,
        labelled: dict | BaseDataset,
        unlabelled: dict | BaseDataset,
        share: float | None = None,
        draw: int | None = None,
        flip_label_map: dict[int, int] | None = None,
        reverse_label_map: dict[int, int] | None = None,
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
        steps: dict[str, dict] = {}
        if flip_label_map is not None:
            steps['flip'] = dict(type='Flip', flip_ratio=0.5, flip_label_map=_ints(flip_label_map))
        if reverse_label_map is not None:
            steps['reverse'] = dict(
                type='TemporalReverseAll', prob=0.5, label_map=_ints(reverse_label_map)
            )
        parts = [
            _with(part if not steps else _filled(part, steps), names, common)
            for part in (labelled, unlabelled)
        ]
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


def _ints(label_map: dict) -> dict[int, int]:
    """A label map of a config, whose keys JSON and the command line make text."""
    return {int(source): int(target) for source, target in label_map.items()}


def _filled(part: dict | BaseDataset, steps: dict[str, dict]) -> dict:
    """A part's config with slots filled in every view."""
    split = {} if isinstance(part, BaseDataset) else part['pipeline']
    split = split.get('split') if isinstance(split, Mapping) else None
    if not split or not all(isinstance(view, Mapping) for view in split['views'].values()):
        raise ValueError(
            'flip_label_map, reverse_label_map: they fill the slots of views whose steps have '
            'names (split.views.NAME.flip); in a pipeline that is a list write the steps yourself'
        )
    views = {}
    for name, view in split['views'].items():
        if taken := [
            slot for slot, step in steps.items() if view.get(slot) not in (None, {}, step)
        ]:
            raise ValueError(
                f'view {name!r}: its {taken[0]} slot is filled and {taken[0]}_label_map is given; '
                'take one of them'
            )
        views[name] = {**view, **steps}
    return {**part, 'pipeline': {**part['pipeline'], 'split': {**split, 'views': views}}}


def _with(part: dict | BaseDataset, names: dict, common: dict) -> dict | BaseDataset:
    """A part's config with what both parts share."""
    if isinstance(part, BaseDataset):
        return part
    return {**common, **part, 'ann_file': named(part['ann_file'], **names)}
