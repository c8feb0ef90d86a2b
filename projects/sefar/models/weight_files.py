"""Reading of weights from files of several kinds, as state dicts."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

Rules = Sequence[tuple[str, str]]

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


def renamed(key: str, rules: Rules) -> str:
    """A key after all rules, each a pattern and what stands for it."""
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def _from_augreg(arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn Flax's arrays into timm's state dict; unknown keys stay as they are."""
    state: dict[str, Tensor] = {}
    projections: dict[str, dict[str, Tensor]] = {}
    for key, array in arrays.items():
        name = renamed(key, _AUGREG)
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
