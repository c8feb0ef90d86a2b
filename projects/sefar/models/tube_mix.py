"""Tube mixing of unlabelled clips."""

from typing import Any, NamedTuple

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
        cell: Side of a token in pixels: a ViT's patch (16), and as good for a CNN. The grid of the
            mask follows from it and the crop: 14 x 14 for 224 pixels.
        alpha: λ ~ Beta(alpha, alpha).

    Raises:
        ValueError: the cell does not divide the input.
    """

    def __init__(self, cell: int = 16, alpha: float = 10.0, **unknown: Any) -> None:
        super().__init__()
        if unknown:
            raise ValueError(
                f'TubeMix: has no {next(iter(unknown))!r}; its grid follows from cell and crop: '
                'set cell to the side of a token in pixels, such as 16 (CHANGELOG.md)'
            )
        if cell < 1 or not alpha > 0:
            raise ValueError(f'cell={cell}, alpha={alpha}: wanted cell >= 1 and alpha > 0')
        self.cell = cell
        self.alpha = alpha

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the mask for a crop of height x width pixels.

        Raises:
            ValueError: the cell does not divide it.
        """
        if height % self.cell or width % self.cell:
            raise ValueError(
                f'TubeMix: a cell of {self.cell} pixels does not divide the crop {height}x{width}; '
                'set mix.cell to a divisor of it, for a ViT its patch size'
            )
        return height // self.cell, width // self.cell

    def draw_masks(self, batch_size: int, rows: int, cols: int) -> Tensor:
        """Draw bool masks (B, rows, cols) with a share of ones that is λ to the nearest token."""
        tokens = rows * cols
        ratio = torch.distributions.Beta(self.alpha, self.alpha).sample((batch_size, 1))
        rank = torch.rand(batch_size, tokens).argsort(1).argsort(1)
        return (rank < (ratio * tokens).round()).view(-1, rows, cols)

    def forward(self, inputs: Tensor) -> Mixed:
        """Mix each clip with another of the batch.

        Args:
            inputs: float (B, …, H, W).
        """
        height, width = inputs.shape[-2:]
        masks = self.draw_masks(len(inputs), *self.grid(height, width)).to(inputs.device)
        pixels = masks.repeat_interleave(self.cell, 1).repeat_interleave(self.cell, 2)
        pixels = pixels.view(-1, *[1] * (inputs.ndim - 3), height, width)
        partner = torch.randperm(len(inputs)).to(inputs.device)
        mixed = torch.where(pixels, inputs, inputs[partner])
        return Mixed(mixed, partner, masks.flatten(1).float().mean(1))
