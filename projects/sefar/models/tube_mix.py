"""Tube mixing of unlabelled clips."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn


class Mixed(NamedTuple):
    """Mixed clips.

    Attributes:
        inputs: float (B, …, H, W), clip b mixed with clip ``partner[b]``.
        partner: int64 (B, ), a permutation.
        ratio: float32 (B, ), the share λ of clip b that the mask really has.
    """

    inputs: Tensor
    partner: Tensor
    ratio: Tensor

    def blend(self, values: Tensor) -> Tensor:
        """λ · values + (1 - λ) · values of the partner; float (B, …) → (B, …)."""
        ratio = self.ratio.view(-1, *[1] * (values.ndim - 1))
        return ratio * values + (1 - ratio) * values[self.partner]


@MODELS.register_module()
class TubeMix(nn.Module):
    """SVFormer's Tube TokenMix: one spatial mask for all frames of a clip.

    The mask is drawn on a grid of tokens and enlarged to pixels. Where the grid is the patch grid
    of a model with non-overlapping patches, mixing pixels before the patch embedding *is* mixing
    tokens after it: each patch comes whole from one clip, and the embedding sees one patch at a
    time (``tests/models/test_tube_mix.py`` shows the equality). So the same module serves ViTs and
    CNNs.

    Args:
        grid: Rows and columns of the mask; 224 / 16 = 14 for a ViT with patches of 16 pixels. Must
            divide the height and width of the input.
        alpha: λ ~ Beta(alpha, alpha).

    Raises:
        ValueError: the grid does not divide the input.
    """

    def __init__(self, grid: Sequence[int] = (14, 14), alpha: float = 10.0) -> None:
        super().__init__()
        if len(grid) != 2 or min(grid) < 1 or alpha <= 0:
            raise ValueError(f'grid={grid}, alpha={alpha}: wanted two sides >= 1 and alpha > 0')
        self.grid = tuple(grid)
        self.alpha = alpha

    def draw_masks(self, batch_size: int, device: torch.device | str = 'cpu') -> Tensor:
        """Draw bool masks (B, rows, cols) with a share of ones that is λ to the nearest token."""
        tokens = self.grid[0] * self.grid[1]
        ratio = torch.distributions.Beta(self.alpha, self.alpha).sample((batch_size, 1))
        rank = torch.rand(batch_size, tokens).argsort(1).argsort(1)
        return (rank < (ratio * tokens).round()).view(-1, *self.grid).to(device)

    def forward(self, inputs: Tensor) -> Mixed:
        """Mix each clip with another of the batch.

        Args:
            inputs: float (B, …, H, W).
        """
        height, width = inputs.shape[-2:]
        rows, cols = self.grid
        if height % rows or width % cols:
            raise ValueError(
                f'TubeMix: grid {rows}x{cols} does not divide the input {height}x{width}; set '
                'grid to input size / patch size'
            )
        masks = self.draw_masks(len(inputs), inputs.device)
        pixels = masks.repeat_interleave(height // rows, 1).repeat_interleave(width // cols, 2)
        pixels = pixels.view(-1, *[1] * (inputs.ndim - 3), height, width)
        partner = torch.randperm(len(inputs)).to(inputs.device)
        mixed = torch.where(pixels, inputs, inputs[partner])
        return Mixed(mixed, partner, masks.flatten(1).float().mean(1))
