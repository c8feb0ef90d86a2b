"""The temporal gradient of clips."""

from collections.abc import Sequence

from torch import Tensor

from sefar.elements import time_order


def temporal_gradient(clips: Tensor, elements: Sequence[int]) -> Tensor:
    """Difference of each frame to the next one in time; the last repeats the one before it.

    It shows what moves and hides what stands still (Xiao et al., CVPR 2022).

    Args:
        clips: float (B, 1, C, K, H, W), normalised, frames laid out element after element.
        elements: Lengths of the elements, of K frames together.

    Returns:
        Like ``clips``, in its units; zeros where K is 1.
    """
    order = time_order(elements)
    following = [*order[1:], order[-1]]
    gradient = clips.new_empty(clips.shape)
    gradient[:, :, :, order] = clips[:, :, :, following] - clips[:, :, :, order]
    if len(order) > 1:
        gradient[:, :, :, order[-1]] = gradient[:, :, :, order[-2]]
    return gradient
