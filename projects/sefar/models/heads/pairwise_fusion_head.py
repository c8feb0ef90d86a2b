"""Fusion of the element features and classification."""

from itertools import combinations
from typing import Any

import torch
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.elements import ELEMENTS


def _block(in_dims: int, out_dims: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(in_dims, out_dims), nn.GELU(), nn.LayerNorm(out_dims))


@MODELS.register_module()
class PairwiseFusionHead(BaseHead):
    """Fuse single elements and pairs of elements, then classify.

    ::

        f_i            ─ Linear(D, H)  ─ GELU ─ LayerNorm ─┐
        (f_i, f_j) i<j ─ Linear(2D, H) ─ GELU ─ LayerNorm ─┴ concat ─ Linear(·, H) ─ GELU
                                                  ─ LayerNorm ─ Dropout ─ Linear(H, classes)

    The paper does not describe the fusion; this is the released model's. The dropout is what makes
    the teacher's repeated predictions differ (paper, section "Adaptive Regulation").

    Args:
        num_classes: Classes C.
        in_channels: Width D of an element's feature.
        num_elements: Elements E, the context included.
        hidden_channels: Width H.
        dropout_ratio: Probability of the dropout, in [0, 1).
        kwargs: See MMAction2's ``BaseHead`` (``loss_cls``, ``topk``, …).
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_elements: int = len(ELEMENTS),
        hidden_channels: int = 256,
        dropout_ratio: float = 0.5,
        average_clips: str | None = 'prob',
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, average_clips=average_clips, **kwargs)
        self.pairs = list(combinations(range(num_elements), 2))
        self.num_elements = num_elements
        self.single = _block(in_channels, hidden_channels)
        # Without pairs (a single element) an empty layer would be an unused parameter under DDP.
        self.pair = _block(2 * in_channels, hidden_channels) if self.pairs else None
        parts = len(self.pairs) + num_elements
        self.fusion = _block(parts * hidden_channels, hidden_channels)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(hidden_channels, num_classes)

    def fuse(self, feats: Tensor) -> Tensor:
        """Fuse element features, float (B, E, D) → (B, H); deterministic."""
        if feats.ndim != 3 or feats.shape[1:] != (self.num_elements, self.in_channels):
            raise ValueError(
                f'PairwiseFusionHead got features {tuple(feats.shape)}, wanted (B, '
                f'{self.num_elements}, {self.in_channels}); set num_elements and in_channels to '
                "the backbone's number of elements and feature width"
            )
        parts = []
        if self.pair is not None:
            first, second = (list(side) for side in zip(*self.pairs, strict=True))
            parts.append(self.pair(torch.cat([feats[:, first], feats[:, second]], dim=2)))
        parts.append(self.single(feats))
        return self.fusion(torch.cat(parts, dim=1).flatten(1))

    def classify(self, fused: Tensor) -> Tensor:
        """Dropout and the last linear layer, float (B, H) → float32 logits (B, C).

        In mixed precision too: softmax and losses want it, and MMAction2's accuracy in the log goes
        through numpy, which has no bfloat16.
        """
        return self.fc_cls(self.dropout(fused)).float()

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Float (B, E, D) → logits (B, C); MMAction2 passes keywords that no head here needs."""
        return self.classify(self.fuse(x))

    def monte_carlo(self, feats: Tensor, times: int) -> Tensor:
        """Classify the same features ``times`` times with fresh dropout: logits (U, B, C)."""
        fused = self.fuse(feats)
        return self.fc_cls(torch.stack([self.dropout(fused) for _ in range(times)])).float()
