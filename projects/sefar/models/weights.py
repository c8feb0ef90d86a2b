"""Reading of other people's weights into the dual-level TimeSformer, accounting for each key."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .weight_files import Rules, read_checkpoint, renamed

# The names of timm's ViT (jx_vit, DeiT), which the TimeSformer of facebookresearch, SVFormer and
# the released SeFAR extend by temporal_*, to MMAction2's. A block's attention 0 is temporal.
_LAYER = r'transformer_layers.layers.\1.'
_TIMM: Rules = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^blocks\.(\d+)\.temporal_norm1\.', rf'{_LAYER}attentions.0.norm.'),
    (r'^blocks\.(\d+)\.temporal_attn\.qkv\.', rf'{_LAYER}attentions.0.attn.in_proj_'),
    (r'^blocks\.(\d+)\.temporal_attn\.proj\.', rf'{_LAYER}attentions.0.attn.out_proj.'),
    (r'^blocks\.(\d+)\.temporal_fc\.', rf'{_LAYER}attentions.0.temporal_fc.'),
    (r'^blocks\.(\d+)\.norm1\.', rf'{_LAYER}attentions.1.norm.'),
    (r'^blocks\.(\d+)\.attn\.qkv\.', rf'{_LAYER}attentions.1.attn.in_proj_'),
    (r'^blocks\.(\d+)\.attn\.proj\.', rf'{_LAYER}attentions.1.attn.out_proj.'),
    (r'^blocks\.(\d+)\.norm2\.', rf'{_LAYER}ffns.0.norm.'),
    (r'^blocks\.(\d+)\.mlp\.fc1\.', rf'{_LAYER}ffns.0.layers.0.0.'),
    (r'^blocks\.(\d+)\.mlp\.fc2\.', rf'{_LAYER}ffns.0.layers.1.'),
)
# The image ViT that MMAction2 offers for TimeSformer has one attention a layer, named as below.
_MMACTION_VIT: Rules = (
    (r'layers\.(\d+)\.norms\.0\.', r'layers.\1.attentions.1.norm.'),
    (r'layers\.(\d+)\.norms\.1\.', r'layers.\1.ffns.0.norm.'),
    (r'layers\.(\d+)\.attentions\.0\.', r'layers.\1.attentions.1.'),
)
# The head of the released SeFAR.
_RELEASED_HEAD: Rules = (
    (r'^post_fusion1\.', 'cls_head.pair.0.'),
    (r'^ln1\.', 'cls_head.pair.2.'),
    (r'^post_fusion0\.', 'cls_head.single.0.'),
    (r'^ln2\.', 'cls_head.single.2.'),
    (r'^global_fusion\.', 'cls_head.fusion.0.'),
    (r'^ln3\.', 'cls_head.fusion.2.'),
    (r'^fc\.', 'cls_head.fc_cls.'),
)
_DROPPED = (
    (re.compile(r'^(head|cls_head)\.'), 'the classifier of another task'),
    (re.compile(r'^(head_dist\.|dist_token$)'), "DeiT's distillation token"),
    (re.compile(r'^(pre_logits|fc_norm)\.'), 'a layer between class token and classifier'),
    (re.compile(r'^data_preprocessor\.'), "the preprocessor's constants"),
)


class Account(NamedTuple):
    """What became of one key of a checkpoint.

    Attributes:
        key: As the checkpoint names it.
        targets: Keys of the network that took it; empty where it was dropped.
        how: ``'mapped'``, ``'inflated'``, ``'resized'`` or why it was dropped.
    """

    key: str
    targets: tuple[str, ...]
    how: str


class Weights(NamedTuple):
    """Weights that fit a network.

    Attributes:
        state: State dict of the backbone, complete; with ``cls_head.*`` where the source has one.
        accounts: One for each key of the checkpoint.
    """

    state: dict[str, Tensor]
    accounts: list[Account]


def to_dual_level(
    checkpoint: Mapping[str, Tensor],
    target: Mapping[str, Tensor],
    elements: Sequence[int],
    source: str,
) -> Weights:
    """Map a checkpoint onto a dual-level TimeSformer, accounting for every key.

    Read are timm's image ViTs (``jx_vit_*``, DeiT, AugReg), MMAction2's image ViT for TimeSformer,
    the TimeSformers of MMAction2 and facebookresearch, and the models that SVFormer and SeFAR
    released. From an image ViT each spatial attention and its norm are copied to the temporal
    attention, whose ``temporal_fc`` is zero, so that the network starts as the image network
    (paper, section "Baselines"). A position embedding of another size is resized bicubically over
    the grid of patches, a time embedding linearly for each element.

    Args:
        checkpoint: From :func:`sefar.models.weight_files.read_checkpoint`.
        target: The backbone's state dict; gives names, shapes and the initial time embedding.
        elements: Lengths in frames, context last.
        source: Name of the file, for messages.

    Raises:
        ValueError: keys are unknown or missing, or shapes differ; names them.
    """
    # Prefixes: of DDP, of an MMAction2 recognizer, of the released SeFAR, of facebookresearch.
    prefix = re.compile(r'^(module\.)?(backbone\.|vit\.model\.|model\.)?')
    names = {key: prefix.sub('', key, count=1) for key in checkpoint}
    mmaction = any('transformer_layers' in name for name in names.values())
    is_video = any('temporal_fc' in name for name in names.values())
    # One embedding of a whole clip is resized for each element, even where the frames are as many.
    dual_level = any(name.startswith('cls_head.fusion.') for name in names.values())
    distilled = 'dist_token' in names.values()
    rules = (_MMACTION_VIT if not is_video else ()) if mmaction else _TIMM
    if any(name.startswith('post_fusion0') for name in names.values()):
        rules = (*rules, *_RELEASED_HEAD)

    state: dict[str, Tensor] = {}
    accounts: list[Account] = []
    times: dict[int, Tensor] = {}
    for key, name in names.items():
        reason = next((why for pattern, why in _DROPPED if pattern.match(name)), None)
        if reason is not None:
            accounts.append(Account(key, (), f'dropped: {reason}'))
            continue
        new, value = renamed(name, rules), checkpoint[key]
        targets: tuple[str, ...] = (new,)
        how = 'mapped'
        if part := re.fullmatch(r'time_embed\.(\d+)', name):  # the released SeFAR has a list
            times[int(part[1])] = value
            accounts.append(Account(key, ('time_embed',), how))
            continue
        if new == 'time_embed' and not dual_level:
            value, how = _resize_time(value, elements), 'resized'
        if new == 'pos_embed' and distilled:
            value, how = torch.cat([value[:, :1], value[:, 2:]], 1), 'mapped without distillation'
        if new == 'pos_embed' and value.shape[1] != target[new].shape[1]:
            value, how = _resize_positions(value, target[new].shape[1]), 'resized'
        if not is_video and '.attentions.1.' in new:
            targets, how = (new, new.replace('.attentions.1.', '.attentions.0.')), 'inflated'
        for place in targets:
            state[place] = value.clone()
        accounts.append(Account(key, targets, how))
    if times:
        lengths = tuple(times[i].shape[1] for i in sorted(times))
        if lengths != tuple(elements):
            raise ValueError(
                f'{source}: has elements of {lengths} frames, the backbone of {tuple(elements)}; '
                'take a config with the same elements'
            )
        state['time_embed'] = torch.cat([times[i] for i in sorted(times)], dim=1)
    if not is_video:
        fresh = ('time_embed', *(key for key in target if 'temporal_fc' in key))
        state |= {key: target[key] for key in fresh}
    _check(state, target, source)
    return Weights(state, accounts)


def to_recognizer(checkpoint: Mapping[str, Tensor], network: nn.Module, source: str) -> Weights:
    """Map a checkpoint onto a whole recognizer: one of its own kind, or see :func:`to_dual_level`.

    Args:
        checkpoint: From :func:`sefar.models.weight_files.read_checkpoint`.
        network: Recognizer with a backbone and a head.
        source: Name of the file, for messages.

    Raises:
        ValueError: the checkpoint does not fit.
    """
    known = network.state_dict()
    if checkpoint.keys() == known.keys():  # a plain recognizer of the same config
        accounts = [Account(key, (key,), 'mapped') for key in checkpoint]
        state = dict(checkpoint)
    else:
        backbone: Any = network.backbone
        if not hasattr(backbone, 'time_embed'):
            raise ValueError(
                f'{source}: is no checkpoint of this recognizer, whose backbone is a '
                f'{type(backbone).__name__}; only a DualLevelTimeSformer reads the weights of '
                'others, load those of a zoo backbone by its init_cfg'
            )
        found, accounts = to_dual_level(
            checkpoint, backbone.state_dict(), backbone.elements, source
        )
        state = {k if k.startswith('cls_head.') else f'backbone.{k}': v for k, v in found.items()}
    for key, value in state.items():
        if key not in known or known[key].shape != value.shape:
            wanted = tuple(known[key].shape) if key in known else 'no such key'
            raise ValueError(
                f'{source}: {key} is {tuple(value.shape)}, the config has {wanted}; take a '
                'config with the same classes and elements'
            )
    return Weights(state, accounts)


def load_backbone(path: str, target: Mapping[str, Tensor], elements: Sequence[int]) -> Weights:
    """Read a file's backbone weights; see :func:`to_dual_level`."""
    weights = to_dual_level(read_checkpoint(path), target, elements, path)
    backbone = {k: v for k, v in weights.state.items() if not k.startswith('cls_head.')}
    return Weights(backbone, weights.accounts)


def _check(state: Mapping[str, Tensor], target: Mapping[str, Tensor], source: str) -> None:
    found = {key for key in state if not key.startswith('cls_head.')}
    unequal = [
        f'{key} {tuple(state[key].shape)} instead of {tuple(target[key].shape)}'
        for key in sorted(found & target.keys())
        if state[key].shape != target[key].shape
    ]
    faults = (
        ('unknown keys', sorted(found - target.keys())),
        ('missing keys', sorted(target.keys() - found)),
        ('shapes', unequal),
    )
    for what, keys in faults:
        if keys:
            raise ValueError(
                f'{source}: does not fit this DualLevelTimeSformer; {len(keys)} {what}, such as '
                f'{", ".join(keys[:3])}. Take weights of the same width, depth and patch'
            )


def _resize_positions(embed: Tensor, count: int) -> Tensor:
    """Resize a position embedding (1, 1 + P, D) to (1, count, D); both grids are square."""
    old, new = math.isqrt(embed.shape[1] - 1), math.isqrt(count - 1)
    if old**2 != embed.shape[1] - 1 or new**2 != count - 1:
        return embed  # not square: the check of shapes says so
    grid = embed[:, 1:].transpose(1, 2).unflatten(2, (old, old))
    grid = F.interpolate(grid, size=(new, new), mode='bicubic', align_corners=False)
    return torch.cat([embed[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


def _resize_time(embed: Tensor, elements: Sequence[int]) -> Tensor:
    """Resize a time embedding (1, T, D) to (1, K, D), each element spanning the whole clip."""
    parts = [
        F.interpolate(embed.transpose(1, 2), size=length, mode='linear', align_corners=False)
        for length in elements
    ]
    return torch.cat(parts, dim=2).transpose(1, 2)
