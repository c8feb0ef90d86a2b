"""Labelled and test videos."""

from typing import Any

from mmaction.registry import DATASETS

from .clip_list_dataset import ClipListDataset, ClipReadError


@DATASETS.register_module()
class LabelledVideoDataset(ClipListDataset):
    """Videos whose labels count: for training, validation and testing.

    Each line needs a label. A clip that cannot be read stops the run with the list, the line and
    the path. Arguments: see :class:`ClipListDataset`.
    """

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline.

        Raises:
            ClipReadError: the clip cannot be read.
        """
        info = self.get_data_info(idx)
        try:
            return self.pipeline(info)
        except Exception as error:
            reason = str(error).strip() or 'no reason given'
            raise ClipReadError(
                f'{self.place(info)}: {type(error).__name__}: {reason.splitlines()[-1]}. '
                'If the clip is broken, replace it or take the line out of the list'
            ) from error
