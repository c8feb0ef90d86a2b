"""TimeSformer over dual-level temporal elements."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmengine.model.weight_init import trunc_normal_
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from sefar.elements import ELEMENTS, check_elements


class Attention(nn.Module):
    """Multi-head self-attention whose parameters are named as ``nn.MultiheadAttention``'s."""

    def __init__(self, dims: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * dims, dims))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dims))
        self.out_proj = nn.Linear(dims, dims)
        trunc_normal_(self.in_proj_weight, std=0.02)

    def attend(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend along the middle axis, without the output projection.

        Args:
            x: float (N, S, D).
            mask: bool (S, S), which token attends to which; all to all if not given.

        Returns:
            float (N, S, D).
        """
        n, s, d = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(n, s, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return out.transpose(1, 2).reshape(n, s, d)

    def forward(self, x: Tensor) -> Tensor:
        """Attend along the middle axis, float (N, S, D) → (N, S, D)."""
        return self.out_proj(self.attend(x))


class TemporalAttention(nn.Module):
    """Attention over the frames of an element, at each patch position."""

    def __init__(self, dims: int, num_heads: int, norm_eps: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dims, eps=norm_eps)
        self.attn = Attention(dims, num_heads)
        self.temporal_fc = nn.Linear(dims, dims)
        nn.init.zeros_(self.temporal_fc.weight)  # the block starts as the identity

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Float (B, P, K, D) → (B, P, K, D), all but ``temporal_fc``'s bias.

        An element has a handful of frames, far fewer than an attention kernel's tile has rows, so
        several positions share a sequence, as many as ``mask`` (see :func:`temporal_mask`) covers.

        ``temporal_fc`` follows the attention's output projection with nothing in between, so the
        two are multiplied first: one product of weights instead of one of all tokens.
        """
        project = self.attn.out_proj
        weight = self.temporal_fc.weight @ project.weight
        bias = self.temporal_fc.weight @ project.bias
        tokens = self.norm(x).view(-1, len(mask), x.shape[-1])
        return F.linear(self.attn.attend(tokens, mask), weight, bias).view(x.shape)


def temporal_mask(positions: int, element_of: Tensor) -> Tensor:
    """Which of the frames at several positions attend to each other.

    Args:
        positions: Of patches, P.
        element_of: int64 (K, ), the element of each frame.

    Returns:
        bool (P · K, P · K), position after position: those of one position and one element.
    """
    groups = torch.arange(positions)[:, None] * (1 + element_of.max()) + element_of
    return groups.flatten()[:, None] == groups.flatten()


class SpatialAttention(nn.Module):
    """Attention over the patches of a frame and its element's class token."""

    def __init__(self, dims: int, num_heads: int, norm_eps: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dims, eps=norm_eps)
        self.attn = Attention(dims, num_heads)


class FeedForward(nn.Module):
    """Two-layer perceptron; named as MMAction2's ``FFNWithNorm``."""

    def __init__(self, dims: int, norm_eps: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dims, eps=norm_eps)
        self.layers = nn.Sequential(
            nn.Sequential(nn.Linear(dims, 4 * dims), nn.GELU()), nn.Linear(4 * dims, dims)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Float (..., D) → (..., D)."""
        inner: Any = self.layers[0]
        expand, activate, contract = inner[0], inner[1], self.layers[1]
        # The activations are the widest tensors of a layer. They are computed again in the backward
        # pass, which costs no matrix product, instead of being kept (docs/performance.md).
        return checkpoint(
            lambda hidden: contract(activate(hidden)),
            expand(self.norm(x)),
            use_reentrant=False,
            preserve_rng_state=False,
        )


class DividedSpaceTimeBlock(nn.Module):
    """One layer of divided space-time attention on all elements at once.

    Only temporal attention has to know where an element ends; spatial attention and the
    perceptron work on single frames and tokens.
    """

    def __init__(self, dims: int, num_heads: int, drop_path: float, norm_eps: float) -> None:
        super().__init__()
        self.attentions = nn.ModuleList(
            [
                TemporalAttention(dims, num_heads, norm_eps),
                SpatialAttention(dims, num_heads, norm_eps),
            ]
        )
        self.ffns = nn.ModuleList([FeedForward(dims, norm_eps)])
        self.drop_path = drop_path

    def _path_scale(self, cls: Tensor) -> Tensor | None:
        """Stochastic depth of (clip, element) pairs: float (B, E, 1), 0 or 1 / keep, if any."""
        if not self.training or self.drop_path == 0:
            return None
        keep = 1 - self.drop_path
        return cls.new_empty(*cls.shape[:2], 1).bernoulli_(keep) / keep

    def forward(
        self, cls: Tensor, patches: Tensor, lengths: Sequence[int], element_of: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Update class tokens (B, E, D) and patch tokens (B, P, K, D).

        Args:
            cls: One class token per element.
            patches: Patch tokens, those of a position together, element after element.
            lengths: Frames of each element; they sum to K.
            element_of: int64 (K, ), the element of each frame.
            mask: See :func:`temporal_mask`.
        """
        b, p, k, d = patches.shape
        temporal, spatial = self.attentions

        scale = self._path_scale(cls)
        patches = _residual(patches, temporal(patches, mask), _per_frame(scale, element_of))
        patches = patches + temporal.temporal_fc.bias

        scale = self._path_scale(cls)
        tokens = torch.cat([cls[:, element_of].unsqueeze(2), patches.transpose(1, 2)], dim=2)
        update = spatial.attn(spatial.norm(tokens.flatten(0, 1))).view(b, k, p + 1, d)
        patches = _residual(
            patches, update[:, :, 1:].transpose(1, 2), _per_frame(scale, element_of)
        )
        # A class token is repeated in each frame of its element and averaged again (TimeSformer).
        frames = update[:, :, 0].split(list(lengths), dim=1)
        cls = _residual(cls, torch.stack([part.mean(1) for part in frames], dim=1), scale)

        scale = self._path_scale(cls)
        cls = _residual(cls, self.ffns[0](cls), scale)
        return cls, _residual(patches, self.ffns[0](patches), _per_frame(scale, element_of))


def _per_frame(scale: Tensor | None, element_of: Tensor) -> Tensor | None:
    """Scales of elements for their frames: (B, E, 1) → (B, 1, K, 1)."""
    return None if scale is None else scale[:, None, element_of]


def _residual(x: Tensor, update: Tensor, scale: Tensor | None) -> Tensor:
    """Add an update: x + scale · update, where it has a scale."""
    return x + update if scale is None else x + scale * update


@MODELS.register_module()
class DualLevelTimeSformer(BaseModule):
    """TimeSformer (divided space-time) shared by all temporal elements.

    Every element passes the same weights; only the time embedding is per element (paper, section
    "Dual-level Temporal Elements" and its Fig. 2). Parameter names follow MMAction2's
    ``TimeSformer``, so that its checkpoints load; ``time_embed`` has one row for each of the K
    laid-out frames.

    Args:
        elements: Lengths in frames, context last.
        img_size: Height and width of the input in pixels, a multiple of ``patch_size``.
        patch_size: Side of a patch in pixels.
        embed_dims: Token width D.
        num_layers: Transformer layers.
        num_heads: Attention heads; must divide ``embed_dims``.
        drop_path_rate: Stochastic depth of the last layer; rises linearly from 0.
        norm_eps: Epsilon of the layer norms.
        with_cp: Keep only the input of each layer and compute the rest again in the backward pass:
            a third more computation for far less memory (docs/performance.md).
        pretrained: Path or URL of a ViT or TimeSformer checkpoint, see
            :func:`sefar.models.weights.to_dual_level`.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    def __init__(
        self,
        elements: Sequence[int] = ELEMENTS,
        img_size: int = 224,
        patch_size: int = 16,
        embed_dims: int = 768,
        num_layers: int = 12,
        num_heads: int = 12,
        drop_path_rate: float = 0.1,
        norm_eps: float = 1e-6,
        with_cp: bool = False,
        pretrained: str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if img_size % patch_size or embed_dims % num_heads:
            raise ValueError(
                f'img_size={img_size} must be a multiple of patch_size={patch_size}, and '
                f'embed_dims={embed_dims} of num_heads={num_heads}'
            )
        self.elements = check_elements(elements)
        self.img_size = img_size
        self.patch_size = patch_size
        self.embed_dims = embed_dims
        self.with_cp = with_cp
        self.pretrained = pretrained
        self.patch_embed = nn.Module()
        self.patch_embed.projection = nn.Conv2d(3, embed_dims, patch_size, stride=patch_size)
        num_patches = (img_size // patch_size) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.pos_embed = nn.Parameter(torch.zeros(1, num_patches + 1, embed_dims))
        self.time_embed = nn.Parameter(torch.zeros(1, sum(self.elements), embed_dims))
        rates = np.linspace(0, drop_path_rate, num_layers).tolist()
        self.transformer_layers = nn.Module()
        self.transformer_layers.layers = nn.ModuleList(
            DividedSpaceTimeBlock(embed_dims, num_heads, rate, norm_eps) for rate in rates
        )
        self.norm = nn.LayerNorm(embed_dims, eps=norm_eps)
        element_of = [i for i, length in enumerate(self.elements) for _ in range(length)]
        self.register_buffer('element_of', torch.tensor(element_of), persistent=False)
        # A row of patches together: about the rows of an attention kernel's tile.
        mask = temporal_mask(img_size // patch_size, torch.tensor(element_of))
        self.register_buffer('temporal_mask', mask, persistent=False)

    def init_weights(self) -> None:
        """Draw the weights, then overwrite them with ``pretrained`` where that is given."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
        for layer in self.transformer_layers.layers:
            nn.init.zeros_(layer.attentions[0].temporal_fc.weight)
        trunc_normal_(self.pos_embed, std=0.02)
        trunc_normal_(self.cls_token, std=0.02)
        if self.pretrained:
            # Reading other people's weights is a room of its own; most runs never enter it.
            from sefar.models.weights import load_backbone

            weights = load_backbone(self.pretrained, self.state_dict(), self.elements)
            self.load_state_dict(weights.state, strict=True)
            print_log(f'DualLevelTimeSformer starts from {self.pretrained}', logger='current')
        super().init_weights()

    def forward(self, x: Tensor) -> Tensor:
        """Encode a batch of clips.

        Args:
            x: float (B, 3, K, H, W), normalised, frames laid out element after element.

        Returns:
            float (B, E, D): the class token of each element, context last.

        Raises:
            ValueError: the clip has other sizes than the model.
        """
        return self.norm(self._encode(x)[0])

    def tokens(self, x: Tensor) -> Tensor:
        """Every patch token, frame after frame: float (B, 3, K, H, W) → (B, K · P, D)."""
        return self.norm(self._encode(x)[1].transpose(1, 2)).flatten(1, 2)

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Class tokens (B, E, D) and patch tokens (B, P, K, D), before the last norm."""
        b, _, k, h, w = x.shape
        if k != sum(self.elements) or (h, w) != (self.img_size, self.img_size):
            raise ValueError(
                f'DualLevelTimeSformer got {k} frames of {h}x{w}, wanted {sum(self.elements)} '
                f'(elements {self.elements}) of {self.img_size}x{self.img_size}; make '
                "DualLevelSampleFrames and the crop agree with the backbone's elements and img_size"
            )
        tokens = self.patch_embed.projection(x.transpose(1, 2).flatten(0, 1))
        patches = tokens.view(b, k, self.embed_dims, -1).permute(0, 3, 1, 2)
        places = self.pos_embed[:, 1:, None] + self.time_embed[:, None]
        patches = (patches + places).contiguous()
        cls = (self.cls_token + self.pos_embed[:, :1]).expand(b, len(self.elements), -1)
        for layer in self.transformer_layers.layers:
            if self.with_cp and torch.is_grad_enabled():
                layer = partial(checkpoint, layer, use_reentrant=False)
            cls, patches = layer(cls, patches, self.elements, self.element_of, self.temporal_mask)
        return cls, patches
