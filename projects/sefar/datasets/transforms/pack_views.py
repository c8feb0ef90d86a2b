"""Packing of views."""

from collections.abc import Sequence
from typing import Any

from mmaction.datasets.transforms import PackActionInputs
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackViews(PackActionInputs):
    """MMAction2's ``PackActionInputs`` for every view that :class:`SplitViews` made.

    Required Keys:

        - flipped, reversed (dict[str, bool] each): their keys are the views
        - one key a view, and label

    Args:
        meta_keys: Kept in the sample's metainfo; ``filename``, ``flipped`` and ``reversed``
            always are.
    """

    def __init__(self, meta_keys: Sequence[str] = ()) -> None:
        always = ('filename', 'flipped', 'reversed')
        super().__init__(collect_keys=(), meta_keys=(*always, *meta_keys))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack; ``inputs`` maps each view to uint8 (1, C, K, H, W)."""
        self.collect_keys = tuple(results['flipped'])
        return super().transform(results)
