"""Index arithmetic of SeFAR's temporal sampling and perturbation, free of any framework state.

Words used throughout: a clip of ``N`` frames is cut into ``K`` equal *segments*; one frame is drawn
in each. The ``K`` frames are shared out to *elements* (``M`` fine-grained ones and, last, the
context element) and stored *laid out* element after element (:mod:`sefar.elements`).

A perturbation is an *order*: an int64 array of ``K`` laid-out positions, position ``j`` of the
perturbed clip showing frame ``order[j]`` of the unperturbed one.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np

from sefar.elements import on_timeline, split_elements


def segment_frames(num_frames: int, offsets: np.ndarray) -> np.ndarray:
    """Pick one frame in each of ``K`` equal segments (TSN sampling).

    Args:
        num_frames: Frames ``N`` of the clip, at least 1. With ``N < K`` frames repeat, in order.
        offsets: float array (..., K) in [0, 1): where in its segment each frame lies; 0.5 is the
            centre.

    Returns:
        int64 array (..., K) in [0, N), ascending along the last axis.
    """
    if num_frames < 1:
        raise ValueError(f'num_frames={num_frames}: a clip needs at least one frame')
    total = offsets.shape[-1]
    frames = np.floor((np.arange(total) + offsets) * num_frames / total).astype(np.int64)
    return np.minimum(frames, num_frames - 1)  # guards the rounding of (K - tiny) * N / K


def reverse_elements(elements: Sequence[int]) -> np.ndarray:
    """Reverse each fine-grained element; the context keeps its order (Eq. 6)."""
    *fine, context = split_elements(elements)
    return np.concatenate([*(positions[::-1] for positions in fine), context])


def shuffle_all(elements: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Shuffle all K frames across elements (Table 4, "All shuffle")."""
    return rng.permutation(sum(elements))


def shuffle_local(elements: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Shuffle the frames inside each element (Table 4, "Local-shuffle")."""
    return np.concatenate([rng.permutation(positions) for positions in split_elements(elements)])


def swap_neighbours(elements: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Exchange neighbours on the clip's timeline: disjoint pairs, each with probability 1/2."""
    shown = np.arange(sum(elements))
    for first in range(int(rng.integers(2)), len(shown) - 1, 2):
        if rng.random() < 0.5:
            shown[[first, first + 1]] = shown[[first + 1, first]]
    return on_timeline(elements, shown)


def slow_rate(elements: Sequence[int], rate: int, rng: np.random.Generator) -> np.ndarray:
    """Play at ``1 / rate`` speed (Table 7, "Slow-rate"; Singh et al. 2021).

    A window of ``ceil(K / rate)`` segments, placed at random, is shown with each frame held for
    ``rate`` segments.
    """
    total = sum(elements)
    distinct = ceil(total / rate)
    start = rng.integers(total - distinct + 1)
    return on_timeline(elements, start + np.arange(total) // rate)


def drop_frames(elements: Sequence[int], prob: float, rng: np.random.Generator) -> np.ndarray:
    """T-Drop: drop each frame with ``prob`` and hold the previous one (Zou et al. 2023).

    The first frame has no previous one and is always kept.
    """
    total = sum(elements)
    kept = rng.random(total) >= prob
    kept[0] = True
    return on_timeline(elements, np.maximum.accumulate(np.where(kept, np.arange(total), 0)))


def drop_half(elements: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """T-Half: drop one half of the clip, hold the other half's frames (Zou et al. 2023)."""
    total = sum(elements)
    half = ceil(total / 2)
    start = int(rng.integers(2)) * (total - half)
    return on_timeline(elements, start + np.arange(total) * half // total)


def warp(elements: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Temporal warping, after SVFormer's (Xing et al. 2023).

    With 1/3 each: identity, or 2 or 4 key frames drawn in order, each held for an equal share of
    the whole length. In SVFormer's code a key frame stays where it was, and where the next one
    begins is drawn.
    """
    total = sum(elements)
    keys = (total, 2, 4)[rng.integers(3)]
    if keys >= total:
        return np.arange(total)
    chosen = np.sort(rng.choice(total, keys, replace=False))
    return on_timeline(elements, chosen[np.arange(total) * keys // total])
