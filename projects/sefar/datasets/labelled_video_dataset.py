"""Labelled and test videos."""

from typing import Any

from mmaction.registry import DATASETS

from .clip_list_dataset import ClipListDataset, ClipReadError
from .clip_table import root_of


@DATASETS.register_module()
class LabelledVideoDataset(ClipListDataset):
    """Videos whose labels count: for training, validation and testing.

    A clip that cannot be read stops the run with the list, the line and the path. In testing each
    sample's metainfo names its ``clip``, as the list does, so that a dump of scores does too.

    Args:
        labels_required: Whether each line needs a label. A list to be predicted needs none; its
            clips without one (-1) count in no metric.
        kwargs: See :class:`ClipListDataset`.

    Raises:
        ValueError: a list without labels is to be trained on.
    """

    def __init__(self, *args: Any, labels_required: bool = True, **kwargs: Any) -> None:
        self.labels_required = labels_required
        if not labels_required and not kwargs.get('test_mode'):
            raise ValueError('labels_required=False: is for testing; set test_mode=True')
        super().__init__(*args, **kwargs)

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline.

        Raises:
            ClipReadError: the clip cannot be read.
        """
        info = self.get_data_info(idx)
        clip = info['filename'].removeprefix(root_of(self.data_prefix['video']))
        try:
            data = self.pipeline(info)
        except Exception as error:
            reason = str(error).strip() or 'no reason given'
            raise ClipReadError(
                f'{self.place(info)}: {type(error).__name__}: {reason.splitlines()[-1]}. '
                'If the clip is broken, replace it or take the line out of the list'
            ) from error
        if self.test_mode:
            data['data_samples'].set_metainfo(dict(clip=clip))
        return data
