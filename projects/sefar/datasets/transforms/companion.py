"""Pictures that go with the frames of a clip."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from mmcv.transforms import BaseTransform


class Companion(NamedTuple):
    """Pictures that belong to frames and are moved as they are, their colours unchanged.

    Attributes:
        pictures: uint8 (H, W, 3), one a frame.
        border: Value of what comes in at their borders.
        turned: Of a picture, the direction in which it is to be mirrored (``None`` if it is not)
            and whether time runs backwards, the picture to move; ``None`` where a picture's values
            say nothing of directions.
    """

    pictures: Sequence[np.ndarray]
    border: int = 0
    turned: Callable[[np.ndarray, str | None, bool], np.ndarray] | None = None


class AddsCompanion(BaseTransform):
    """A step that adds a :class:`Companion` to a clip, and with it a view to each of its views.

    Attributes:
        view_name: Of what it adds, such as ``{view}_flow``.
    """

    view_name: str

    def adds(self, views: Iterable[str]) -> Mapping[str, str]:
        """Views that it adds, by name, and those that they are of."""
        return {self.view_name.format(view=view): view for view in views}

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
