"""Reading of other people's weights into the dual-level TimeSformer, accounting for each key."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

Rules = Sequence[tuple[str, str]]

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
# AugReg's .npz, by Flax's names, to timm's; the three projections become one afterwards.
_AUGREG: Rules = (
    (r'^cls$', 'cls_token'),
    (r'^embedding/', 'patch_embed.proj/'),
    (r'^Transformer/posembed_input/pos_embedding$', 'pos_embed'),
    (r'^Transformer/encoder_norm/', 'norm/'),
    (r'^Transformer/encoderblock_(\d+)/LayerNorm_0/', r'blocks.\1.norm1/'),
    (r'^Transformer/encoderblock_(\d+)/LayerNorm_2/', r'blocks.\1.norm2/'),
    (r'^Transformer/encoderblock_(\d+)/MlpBlock_3/Dense_0/', r'blocks.\1.mlp.fc1/'),
    (r'^Transformer/encoderblock_(\d+)/MlpBlock_3/Dense_1/', r'blocks.\1.mlp.fc2/'),
    (
        r'^Transformer/encoderblock_(\d+)/MultiHeadDotProductAttention_1/(query|key|value)/',
        r'blocks.\1.attn.\2/',
    ),
    (
        r'^Transformer/encoderblock_(\d+)/MultiHeadDotProductAttention_1/out/',
        r'blocks.\1.attn.proj/',
    ),
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


def read_checkpoint(path: str) -> dict[str, Tensor]:
    """Read a state dict from a ``.pth`` or ``.pyth`` file or URL or a ``.npz`` file; runs no code.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no weights.
    """
    if path.endswith('.npz'):
        if not Path(path).is_file():
            raise FileNotFoundError(f'{path}: no such file; download an .npz first')
        with np.load(path, allow_pickle=False) as arrays:
            return _from_augreg({key: torch.from_numpy(arrays[key]) for key in arrays})
    checkpoint = CheckpointLoader.load_checkpoint(path, map_location='cpu')
    if not isinstance(checkpoint, Mapping):
        raise ValueError(f'{path}: holds a {type(checkpoint).__name__}, wanted a dict of weights')
    for wrapper in ('state_dict', 'model_state', 'model'):
        if isinstance(checkpoint.get(wrapper), Mapping):
            checkpoint = checkpoint[wrapper]
    state = {key: value for key, value in checkpoint.items() if isinstance(value, Tensor)}
    if not state:
        raise ValueError(f'{path}: holds no weights; its keys are {list(checkpoint)[:5]}')
    return state


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
        checkpoint: From :func:`read_checkpoint`.
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
        new, value = _rename(name, rules), checkpoint[key]
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
        checkpoint: From :func:`read_checkpoint`.
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


def _rename(key: str, rules: Rules) -> str:
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def _from_augreg(arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn Flax's arrays into timm's state dict; unknown keys stay as they are."""
    state: dict[str, Tensor] = {}
    projections: dict[str, dict[str, Tensor]] = {}
    for key, array in arrays.items():
        name = _rename(key, _AUGREG)
        layer, slash, kind = name.partition('/')
        value = array
        if kind == 'kernel':
            if array.ndim == 4:  # (height, width, in, out)
                value = array.permute(3, 2, 0, 1)
            elif '.attn.proj' in layer:  # (heads, width of a head, out)
                value = array.flatten(0, 1).T
            else:  # (in, out) or (in, heads, width of a head)
                value = array.flatten(1).T
        if slash:
            suffix = 'bias' if kind == 'bias' else 'weight'
            name = f'{layer}.{suffix}'
            if part := re.fullmatch(r'(.*\.attn)\.(query|key|value)', layer):
                value = value.flatten() if suffix == 'bias' else value
                projections.setdefault(f'{part[1]}.qkv.{suffix}', {})[part[2]] = value
                continue
        state[name] = value.contiguous()
    for name, parts in projections.items():
        state[name] = torch.cat([parts[kind] for kind in ('query', 'key', 'value')])
    return state


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
