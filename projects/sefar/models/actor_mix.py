"""Actors of clips before the scenes of others."""

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from .tube_mix import Mixed


@MODELS.register_module()
class ActorMix(nn.Module):
    r"""Paste the tube of what moves in a clip on another clip (ActorCutMix, Zou et al., 2023).

    ::

        clip a ─ |frame - median frame| > t ─ a box a frame ─ tube ┐
        clip b ────────────────────────────────────────────────────┴─ a inside the tube, b outside

    Tubes are boxes of a detector of people, as in the paper, where they are given
    (:class:`HumanTubes`); else a box surrounds what differs from the clip's median, its background.
    The label is that of the actor by

    .. math:: λ = 1 - (r - 1)^4

    where r is the tube's share of the clip. A clip without an actor gives way to the other; seen
    by its median, one of a moving camera keeps everything.

    It gives what :class:`TubeMix` gives, so that either can stand for the other.

    Args:
        threshold: t, in units of normalised pixels, above 0.
        erase: Whether the actor of the other clip gives way to the mean colour, as in the authors'
            code; else what the tube leaves of it is seen.

    Raises:
        ValueError: the threshold is out of range.
    """

    def __init__(self, threshold: float = 0.35, erase: bool = False) -> None:
        super().__init__()
        if not threshold > 0:
            raise ValueError(f'threshold={threshold}: wanted one above 0')
        self.threshold = threshold
        self.erase = erase

    def tubes(self, clips: Tensor) -> Tensor:
        """Boxes around what moves: float (B, 1, C, K, H, W) → bool (B, 1, K, H, W)."""
        moved = moving(clips, background(clips), self.threshold)
        return _between(moved.any(-1))[..., None] & _between(moved.any(-2))[..., None, :]

    def forward(self, inputs: Tensor, tubes: Tensor | None = None) -> Mixed:
        """Paste the actor of each clip on another of the batch.

        Args:
            inputs: float (B, 1, C, K, H, W).
            tubes: bool (B, 1, K, H, W), where people are; :meth:`tubes` by default.
        """
        if tubes is None:
            tubes = self.tubes(inputs)
        partner = torch.randperm(len(inputs)).to(inputs.device)
        scenes = inputs.masked_fill(tubes[:, :, None], 0) if self.erase else inputs
        mixed = torch.where(tubes[:, :, None], inputs, scenes[partner])
        share = tubes.flatten(1).float().mean(1)
        return Mixed(mixed, partner, 1 - (share - 1) ** 4)


def background(clips: Tensor) -> Tensor:
    """The median frame: (B, 1, C, K, H, W) → (B, 1, C, 1, H, W)."""
    # torch.median is not deterministic on a GPU. Of an even number both take the lower one.
    return clips.sort(3).values.narrow(3, (clips.shape[3] - 1) // 2, 1)


def moving(clips: Tensor, scenes: Tensor, threshold: float) -> Tensor:
    """Where frames differ from their background by more than a threshold, bool (B, 1, K, H, W)."""
    moved = ((clips - scenes).abs().mean(2) > threshold).float()
    # Pixels that are alone are noise.
    return F.avg_pool2d(moved.flatten(0, 2)[:, None], 3, 1, 1).view_as(moved) > 0.5


def _between(there: Tensor) -> Tensor:
    """True from the first to the last true of each row, bool (…, N)."""
    whole = there.int()
    return (whole.cummax(-1).values & whole.flip(-1).cummax(-1).values.flip(-1)).bool()
