"""Arithmetic on single frames and pixels, torch's and MMAction2's."""

import functools
from typing import Any

import cv2
import numpy as np
import torch


def convolve_frames() -> bool:
    """Let 3D convolutions of single frames and of few be 2D ones, on a CPU in bfloat16.

    Two faults of oneDNN there. The weight gradient of kernels (1, k, k) writes beyond its memory
    where a clip has two frames of 224 pixels (torch 2.7 to 2.14), and the process dies of a double
    free. SlowOnly and SlowFast have such kernels; a frame by itself is what they look at anyway.
    And where a clip has fewer frames than a kernel over time, the weight gradient (without AMX) or
    the output (of one frame) is what happened to lie in memory, or the process dies (torch 2.13):
    such a clip is one image whose channels are the channels of all its frames.
    """
    conv: Any = torch.nn.Conv3d
    plain = conv._conv_forward
    if hasattr(plain, '__wrapped__'):
        return False

    @functools.wraps(plain)
    def framewise(self: Any, clips: Any, weight: Any, bias: Any) -> Any:
        if clips.device.type != 'cpu' or clips.ndim != 5 or isinstance(self.padding, str):
            return plain(self, clips, weight, bias)
        if not (torch.is_autocast_enabled('cpu') or clips.dtype is torch.bfloat16):
            return plain(self, clips, weight, bias)
        depth, stride = self.kernel_size[0], self.stride[0]
        padding, reach = self.padding[0], self.dilation[0] * (self.kernel_size[0] - 1)
        number = clips.shape[2]
        single = depth == 1 and stride == 1 and padding == 0 and max(self.kernel_size) > 1
        short = number <= reach <= number - 1 + 2 * padding
        if self.padding_mode != 'zeros' or not (single or short):
            return plain(self, clips, weight, bias)
        sizes = self.stride[1:], self.padding[1:], self.dilation[1:], self.groups
        if single:
            frames = clips.transpose(1, 2).flatten(0, 1)
            maps = torch.nn.functional.conv2d(frames, weight[:, :, 0], bias, *sizes)
            return maps.unflatten(0, (len(clips), -1)).transpose(1, 2)
        length = (number - 1 + 2 * padding - reach) // stride + 1
        taps_at = {self.dilation[0] * tap: tap for tap in range(depth)}
        # Which slice of the kernel leads from each frame (columns) to each output (rows).
        slices = [
            [taps_at.get(frame + padding - stride * out, depth) for frame in range(number)]
            for out in range(length)
        ]
        nothing = weight.new_zeros(*weight.shape[:2], 1, *weight.shape[3:])
        taps = torch.cat([weight, nothing], 2)[:, :, slices]
        kernel = taps.transpose(1, 2).flatten(0, 1).flatten(1, 2)
        bias = None if bias is None else bias.repeat_interleave(length)
        maps = torch.nn.functional.conv2d(clips.flatten(1, 2), kernel, bias, *sizes)
        return maps.unflatten(1, (-1, length))

    conv._conv_forward = framewise
    return True


def pool_frames() -> bool:
    """Let 3D max pooling of single frames be 2D pooling, where that is better.

    Under autocast on a CPU the 3D one computes in float32, and what follows is float32 up to the
    next convolution: a tenth of a small ResNet3d's step. On a GPU it has no backward pass that
    adds up in one order, so ``--deterministic`` would stop the run. The values are the same.
    """
    pool: Any = torch.nn.MaxPool3d
    plain = pool.forward
    if hasattr(plain, '__wrapped__'):
        return False

    @functools.wraps(plain)
    def framewise(self: Any, clips: Any) -> Any:
        sizes = (self.kernel_size, self.stride, self.padding, self.dilation)
        depth, *frame = zip(*map(torch.nn.modules.utils._triple, sizes), strict=True)
        kernel, stride, padding, dilation = zip(*frame, strict=True)
        one = depth == (1, 1, 0, 1) and clips.ndim == 5 and not self.return_indices
        better = (
            torch.is_autocast_enabled('cpu')
            if clips.device.type == 'cpu'
            else clips.is_cuda and torch.are_deterministic_algorithms_enabled()
        )
        if not (one and better):
            return plain(self, clips)
        frames = clips.transpose(1, 2).flatten(0, 1)
        maps = torch.nn.functional.max_pool2d(
            frames, kernel, stride, padding, dilation, self.ceil_mode
        )
        return maps.unflatten(0, (len(clips), -1)).transpose(1, 2)

    pool.forward = framewise
    return True


def turn_hues() -> None:
    """Let MMAction2's ``ColorJitter`` turn hues.

    Its sum of bytes and a positive number wraps at 256, while OpenCV's hues are 0 to 179, and that
    with a negative one raises under numpy 2. Not one of :data:`REPAIRS`, since it imports
    MMAction2's transforms: ours call it.
    """
    from mmaction.datasets.transforms import ColorJitter

    def turned(img: np.ndarray, factor: float) -> np.ndarray:
        hsv = cv2.cvtColor(np.clip(img, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(255 * factor)) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)

    ColorJitter.adjust_hue = staticmethod(turned)
