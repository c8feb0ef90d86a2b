"""Unlabelled videos."""

from typing import Any

import numpy as np
from decord import DECORDError
from mmaction.registry import DATASETS

from .clip_list_dataset import ClipListDataset, ClipReadError

# What decord and the file system raise for a missing or broken file; anything else is a fault of
# the configuration and must stop.
UNREADABLE = (DECORDError, RuntimeError, OSError, EOFError)


@DATASETS.register_module()
class UnlabelledVideoDataset(ClipListDataset):
    """Videos whose labels are unknown, or hidden from training.

    A label in the list is kept apart as ``hidden_label`` in the sample's metainfo, where only the
    log of pseudo-label accuracy reads it; there is no ``gt_label``. A clip that cannot be read is
    replaced by another one, drawn from the sample's seed, and named in the metainfo ``unreadable``
    (list of ``list:line: path``), which :class:`UnreadableClipHook` counts and reports.

    Args:
        max_replacements: Draws before giving up on a sample.
        kwargs: See :class:`ClipListDataset`.
    """

    labels_required = False

    def __init__(self, *args: Any, max_replacements: int = 20, **kwargs: Any) -> None:
        self.max_replacements = max_replacements
        super().__init__(*args, **kwargs)

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline, on another clip where this one cannot be read.

        Raises:
            ClipReadError: ``max_replacements`` clips in a row cannot be read.
        """
        unreadable: list[str] = []
        while len(unreadable) <= self.max_replacements:
            info = self.get_data_info(idx)
            hidden_label, info['label'] = info['label'], -1
            try:
                data = self.pipeline(info)
            except UNREADABLE as error:
                reason = error
                unreadable.append(self.place(info))
                idx = int(np.random.randint(len(self)))
                continue
            data['data_samples'].pop('gt_label', None)  # each tensor is a file descriptor
            data['data_samples'].set_metainfo(
                dict(hidden_label=hidden_label, unreadable=unreadable)
            )
            return data
        raise ClipReadError(
            f'{self.ann_file}: {len(unreadable)} clips drawn in a row cannot be read, the last one '
            f'{unreadable[-1]} ({type(reason).__name__}); check data_root and data_prefix'
        ) from reason
