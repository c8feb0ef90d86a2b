"""RandAugment for clips."""

from collections.abc import Callable
from typing import Any

import mmcv
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from PIL import Image, ImageEnhance, ImageOps

# By PIL where MMCV's own is slow (equalize and auto_contrast, eight times as long at 224 pixels for
# the same pixels) or takes frames for BGR (color and contrast, which weigh red as blue).
# Each operation takes an image and a strength in [-1, 1]; those without a sign use its size.
COLOURS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    'auto_contrast': lambda img, s: np.array(ImageOps.autocontrast(Image.fromarray(img))),
    'equalize': lambda img, s: np.array(ImageOps.equalize(Image.fromarray(img))),
    'brightness': lambda img, s: mmcv.adjust_brightness(img, 1 + 0.9 * s),
    'color': lambda img, s: _enhanced(ImageEnhance.Color, img, 1 + 0.9 * s),
    'contrast': lambda img, s: _enhanced(ImageEnhance.Contrast, img, 1 + 0.9 * s),
    'sharpness': lambda img, s: mmcv.adjust_sharpness(img, 1 + 0.9 * s),
    'posterize': lambda img, s: mmcv.posterize(img, 8 - round(4 * abs(s))),
    'solarize': lambda img, s: mmcv.solarize(img, round(256 * (1 - abs(s)))),
}
# These move what the image shows, and take the value of what comes in at its border.
PLACES: dict[str, Callable[[np.ndarray, float, int], np.ndarray]] = {
    # OpenCV takes a single number for the first channel alone.
    'rotate': lambda img, s, border: mmcv.imrotate(img, 30 * s, border_value=(border,) * 3),
    'shear_x': lambda img, s, border: mmcv.imshear(img, 0.3 * s, 'horizontal', border),
    'shear_y': lambda img, s, border: mmcv.imshear(img, 0.3 * s, 'vertical', border),
    'translate_x': lambda img, s, border: mmcv.imtranslate(
        img, round(0.25 * s * img.shape[1]), 'horizontal', border
    ),
    'translate_y': lambda img, s, border: mmcv.imtranslate(
        img, round(0.25 * s * img.shape[0]), 'vertical', border
    ),
}
OPERATIONS = (*COLOURS, *PLACES)


def _enhanced(kind: Any, img: np.ndarray, factor: float) -> np.ndarray:
    return np.array(kind(Image.fromarray(img)).enhance(factor))


@TRANSFORMS.register_module()
class ClipRandAugment(BaseTransform):
    """RandAugment (Cubuk et al. 2020) with the same operations for all frames of a clip.

    The strong spatial augmentation that the paper names; the authors' code never reaches its own.

    Required Keys:

        - imgs (list of uint8 arrays (H, W, 3), RGB)
        - follows (optional): the pictures go with frames and have no colours of their own; they
          are moved alone, and this value comes in at their borders

    Modified Keys:

        - imgs

    Args:
        num_ops: Operations for a clip, drawn with replacement.
        magnitude: Strength in [0, 10]; each operation's sign is drawn.
        prob: Probability of applying each drawn operation.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(self, num_ops: int = 2, magnitude: float = 9, prob: float = 0.5) -> None:
        if num_ops < 1 or not 0 <= magnitude <= 10 or not 0 <= prob <= 1:
            raise ValueError(
                f'num_ops={num_ops}, magnitude={magnitude}, prob={prob}: wanted at least 1, a '
                'strength in [0, 10] and a probability'
            )
        self.num_ops = num_ops
        self.magnitude = magnitude
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Augment all frames alike."""
        names = np.random.choice(OPERATIONS, self.num_ops)
        applied = np.random.random_sample(self.num_ops) < self.prob
        strengths = np.random.choice([-1, 1], self.num_ops) * self.magnitude / 10
        frames = results['imgs']
        follows = results.get('follows')
        border = 128 if follows is None else follows
        for name, strength in zip(names[applied], strengths[applied], strict=True):
            if name in PLACES:
                frames = [PLACES[name](frame, strength, border) for frame in frames]
            elif follows is None:
                frames = [COLOURS[name](frame, strength) for frame in frames]
            frames = [frame.astype(np.uint8, copy=False) for frame in frames]
        results['imgs'] = frames
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(num_ops={self.num_ops}, magnitude={self.magnitude}, '
            f'prob={self.prob})'
        )
