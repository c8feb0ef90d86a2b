"""Colours that change from frame to frame."""

from typing import Any

import numpy as np
from mmaction.datasets.transforms import ColorJitter
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FrameColorJitter(ColorJitter):
    """MMAction2's ``ColorJitter``, drawn anew for every frame, some of them of one channel.

    So that a frame is not told by its colours from another clip's (MemDPC; Han et al., ECCV 2020).

    Required Keys:

        - imgs (list of uint8 arrays (H, W, 3), RGB)

    Modified Keys:

        - imgs

    Args:
        grey: Probability that a frame shows one of its channels, drawn, in the place of all.
        kwargs: ``brightness``, ``contrast``, ``saturation``, ``hue``: see MMAction2.

    Raises:
        ValueError: ``grey`` is no probability.
    """

    def __init__(self, grey: float = 0.25, **kwargs: Any) -> None:
        if not 0 <= grey <= 1:
            raise ValueError(f'grey={grey}: wanted a probability')
        super().__init__(**kwargs)
        self.grey = grey

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change each frame by itself."""
        frames = []
        for frame in results['imgs']:
            if np.random.random_sample() < self.grey:
                frame = np.repeat(frame[..., [np.random.randint(3)]], 3, axis=2)
            self.fn_idx = np.random.permutation(4)
            frames += super().transform(dict(imgs=[frame]))['imgs']
        results['imgs'] = frames
        return results

    def __repr__(self) -> str:
        return f'{super().__repr__()[:-1]}, grey={self.grey})'
