"""Moments of a clip: its consecutive parts, and its steps of time."""

from typing import Any

from torch import Tensor

from sefar.elements import time_order


def check_moments(network: Any, parts: int) -> None:
    """A network can look at so many parts of its clips.

    Raises:
        ValueError: it cannot.
    """
    backbone = network.backbone
    if not hasattr(backbone, 'time_maps'):
        raise ValueError(
            f'{type(backbone).__name__}: wanted PerElementBackbone, which encodes parts of a clip'
        )
    frames = sum(backbone.elements)
    if parts < 2 or frames % parts:
        raise ValueError(
            f'parts={parts}: wanted at least 2 that share {frames} frames (elements '
            f'{backbone.elements}) evenly'
        )


def in_time(network: Any, clips: Tensor) -> Tensor:
    """Frames in the order of time: float (B, 1, C, K, H, W), laid out → (B, C, K, H, W)."""
    return clips[:, 0][:, :, time_order(network.backbone.elements)]


def encode_parts(network: Any, clips: Tensor, parts: int) -> Tensor:
    """Encode consecutive parts of clips, each by itself.

    Args:
        network: Recognizer with a :class:`PerElementBackbone`.
        clips: float (B, 1, C, K, H, W).
        parts: That K is shared out to.

    Returns:
        float (B, parts, D, T, P), see :meth:`PerElementBackbone.time_maps`.
    """
    frames = in_time(network, clips).unflatten(2, (parts, -1))  # (B, C, parts, L, H, W)
    maps = network.backbone.time_maps(frames.transpose(1, 2).flatten(0, 1))
    return maps.unflatten(0, (len(clips), parts))


def encode_steps(network: Any, clips: Tensor, steps: int) -> Tensor:
    """Encode whole clips and keep when: float (B, 1, C, K, H, W) → (B, steps, D).

    Raises:
        ValueError: the backbone keeps fewer steps of time, or some that are no multiple.
    """
    maps = network.backbone.time_maps(in_time(network, clips)).mean(3)
    if maps.shape[2] % steps:
        raise ValueError(
            f'{type(network.backbone.backbone).__name__} makes {maps.shape[2]} steps of time of '
            f'{clips.shape[3]} frames, wanted {steps} or a multiple; leave out its strides and '
            'pooling in time'
        )
    return maps.unflatten(2, (steps, -1)).mean(3).transpose(1, 2)
