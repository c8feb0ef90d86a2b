"""Image augmentations on clips."""

import random
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FrameConsistent(BaseTransform):
    """Apply image transforms to a clip, with the same random draws for every frame.

    Makes any image augmentation of MMPretrain or MMCV (``mmpretrain.RandAugment``,
    ``mmpretrain.ColorJitter``, …) usable on a clip: the generators are rewound before each frame,
    so that all frames get the same operations at the same strength.

    Required Keys:

        - imgs (list of uint8 arrays (H, W, 3))

    Modified Keys:

        - imgs
        - img_shape

    Args:
        transforms: Image transforms that read and write ``results['img']``.
    """

    def __init__(self, transforms: list[dict]) -> None:
        self.pipeline = Compose(transforms)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Augment all frames alike."""
        states = random.getstate(), np.random.get_state()
        frames = []
        for img in results['imgs']:
            random.setstate(states[0])
            np.random.set_state(states[1])
            frames.append(self.pipeline(dict(img=img, img_shape=img.shape[:2]))['img'])
        results['imgs'] = frames
        results['img_shape'] = frames[0].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.pipeline})'
