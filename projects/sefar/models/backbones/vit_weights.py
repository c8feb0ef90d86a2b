"""Reading of image ViT and TimeSformer weights into the dual-level TimeSformer."""

import re
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# timm's names (jx_vit, DeiT) → MMAction2's; a block's attention is the spatial one.
_TIMM = (
    (r'patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'blocks\.(\d+)\.norm1\.', r'transformer_layers.layers.\1.attentions.1.norm.'),
    (r'blocks\.(\d+)\.attn\.qkv\.', r'transformer_layers.layers.\1.attentions.1.attn.in_proj_'),
    (r'blocks\.(\d+)\.attn\.proj\.', r'transformer_layers.layers.\1.attentions.1.attn.out_proj.'),
    (r'blocks\.(\d+)\.norm2\.', r'transformer_layers.layers.\1.ffns.0.norm.'),
    (r'blocks\.(\d+)\.mlp\.fc1\.', r'transformer_layers.layers.\1.ffns.0.layers.0.0.'),
    (r'blocks\.(\d+)\.mlp\.fc2\.', r'transformer_layers.layers.\1.ffns.0.layers.1.'),
)
# The image ViT that MMAction2 offers for TimeSformer has one attention a layer, named as below.
_MMACTION_VIT = (
    (r'layers\.(\d+)\.norms\.0\.', r'layers.\1.attentions.1.norm.'),
    (r'layers\.(\d+)\.norms\.1\.', r'layers.\1.ffns.0.norm.'),
    (r'layers\.(\d+)\.attentions\.0\.', r'layers.\1.attentions.1.'),
)
_DROPPED = re.compile(r'(head|head_dist|pre_logits|fc_norm|cls_head)\.|dist_token|(mean|std)$')


def to_dual_level(
    checkpoint: Mapping, target: Mapping[str, Tensor], elements: Sequence[int], source: str
) -> dict[str, Tensor]:
    """Map a checkpoint onto a dual-level TimeSformer, accounting for every key.

    Read are timm's image ViTs (``jx_vit_*``, DeiT), MMAction2's image ViT for TimeSformer, and
    MMAction2's own TimeSformer. From an image ViT each spatial attention and its norm are copied
    to the temporal attention, whose ``temporal_fc`` is zero, so that the network starts as the
    image network (paper, section "Baselines"). A video model's time embedding is resized linearly
    for each element.

    Args:
        checkpoint: What the file holds.
        target: The state dict to fill; gives names, shapes and the initial time embedding.
        elements: Lengths in frames, context last.
        source: Name of the file, for messages.

    Returns:
        A complete state dict.

    Raises:
        ValueError: keys are unknown or missing, or shapes differ; names them.
    """
    state = dict(checkpoint.get('state_dict', checkpoint.get('model', checkpoint)))
    state = {key.removeprefix('backbone.'): value for key, value in state.items()}
    state = {key: value for key, value in state.items() if not _DROPPED.match(key)}
    is_video = any('temporal_fc' in key for key in state)
    if not is_video:
        rules = _MMACTION_VIT if any('transformer_layers' in key for key in state) else _TIMM
        state = {_rename(key, rules): value for key, value in state.items()}
        for key, value in list(state.items()):
            if '.attentions.1.' in key:
                state[key.replace('.attentions.1.', '.attentions.0.')] = value.clone()
        state['time_embed'] = target['time_embed']
        state.update({key: value for key, value in target.items() if 'temporal_fc' in key})
    elif state.get('time_embed') is not None:
        state['time_embed'] = _resize_time(state['time_embed'], elements)

    unknown = sorted(state.keys() - target.keys())
    missing = sorted(target.keys() - state.keys())
    unequal = [
        f'{key} {tuple(state[key].shape)} instead of {tuple(target[key].shape)}'
        for key in sorted(state.keys() & target.keys())
        if state[key].shape != target[key].shape
    ]
    for what, keys in (('unknown keys', unknown), ('missing keys', missing), ('shapes', unequal)):
        if keys:
            raise ValueError(
                f'{source}: does not fit this DualLevelTimeSformer; {len(keys)} {what}, such as '
                f'{", ".join(keys[:3])}. Take weights of the same width, depth and patch'
            )
    return state


def _rename(key: str, rules: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def _resize_time(embed: Tensor, elements: Sequence[int]) -> Tensor:
    """Resize a time embedding (1, T, D) to (1, K, D), each element spanning the whole clip."""
    if embed.shape[1] == sum(elements):
        return embed
    parts = [
        F.interpolate(embed.transpose(1, 2), size=length, mode='linear', align_corners=False)
        for length in elements
    ]
    return torch.cat(parts, dim=2).transpose(1, 2)
