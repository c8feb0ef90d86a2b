"""Arithmetic of temporal elements, which sampling, backbones and heads share.

A clip is cut into ``K`` equal *segments*, shared out to *elements*: fine-grained ones and, last,
the context element. Frames are stored *laid out*, element after element.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np

ELEMENTS = (2, 2, 4)
"""{2-2-4}, the paper's choice: two fine-grained elements and the context."""

FLOW = '{view}_flow'
"""Name of the optical flow of a view."""
GRADIENT = '{view}_gradient'
"""Name of the temporal gradient of a view."""
TUBE = '{view}_tube'
"""Name of where the people of a view are."""


def check_elements(elements: Sequence[int]) -> tuple[int, ...]:
    """Return ``elements`` as a tuple of ints.

    Raises:
        ValueError: it is empty or holds anything but positive whole numbers.
    """
    checked = tuple(int(length) for length in elements)
    if not checked or any(
        length < 1 or length != given for length, given in zip(checked, elements, strict=True)
    ):
        raise ValueError(
            f'elements={elements!r}: wanted the lengths of the elements, context last, each a '
            'whole number of at least 1, such as (2, 2, 4)'
        )
    return checked


def element_segments(elements: Sequence[int]) -> list[list[int]]:
    """Share out ``K = sum(elements)`` segments to the elements (paper, Dual-level Elements).

    The context element (the last one) is served first: segment ``ceil(i * K / L)`` for its
    ``i``-th frame. Each fine-grained element then takes, for each ``i``, the first free segment at
    or after ``i * K / L``. Every segment is used exactly once.

    Args:
        elements: Lengths in frames, fine-grained elements first, context last.

    Returns:
        One ascending list of segment numbers per element, in the order of ``elements``.

    Examples:
        >>> element_segments((2, 2, 4))
        [[1, 5], [3, 7], [0, 2, 4, 6]]
    """
    elements = check_elements(elements)
    total = sum(elements)
    free = set(range(total))
    shares: list[list[int]] = []
    for length in (elements[-1], *elements[:-1]):
        share = []
        for i in range(length):
            start = ceil(i * total / length)
            # Odd length mixes can exhaust the tail; the earliest free segment then closes the gap.
            segment = min((s for s in free if s >= start), default=min(free))
            free.remove(segment)
            share.append(segment)
        shares.append(sorted(share))
    return [*shares[1:], shares[0]]


def split_elements(elements: Sequence[int]) -> list[np.ndarray]:
    """Laid-out positions of each element."""
    bounds = np.cumsum((0, *elements))
    return [np.arange(start, stop) for start, stop in pairwise(bounds)]


def reverse_all(elements: Sequence[int]) -> np.ndarray:
    """Reverse every element, the context included (Table 4, "All reverse")."""
    return np.concatenate([positions[::-1] for positions in split_elements(elements)])


def on_timeline(elements: Sequence[int], shown: np.ndarray) -> np.ndarray:
    """Laid-out order for "segment t shows the frame of segment ``shown[t]``"."""
    segment_of = np.concatenate(element_segments(elements))
    position_of = np.argsort(segment_of)
    return position_of[shown[segment_of]]


def play_backwards(elements: Sequence[int]) -> np.ndarray:
    """Turn the whole timeline: each segment shows its counterpart from the other end."""
    return on_timeline(elements, np.arange(sum(elements))[::-1])


def time_order(elements: Sequence[int]) -> list[int]:
    """Laid-out positions in the order of time.

    Examples:
        >>> time_order((2, 2, 4))
        [4, 0, 5, 2, 6, 1, 7, 3]
    """
    segments = [segment for share in element_segments(elements) for segment in share]
    return sorted(range(len(segments)), key=segments.__getitem__)
