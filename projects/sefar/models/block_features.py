"""What blocks inside a network give out on its way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

Blocks = dict[str, list[Tensor]]
"""Feature maps of each block, by its name."""


@contextmanager
def block_features(network: nn.Module, names: Sequence[str]) -> Iterator[Blocks]:
    """Collect what some submodules give, of each in the order of its calls.

    A pass over elements calls a submodule once for each length, and a transformer's gives class
    tokens and patches.

    Args:
        network: Any network.
        names: Of submodules that give a tensor or several, such as ``backbone.backbone.layer4``.

    Yields:
        A list for each name, which fills as the network runs.

    Raises:
        ValueError: the network has no such submodule.
    """
    known = dict(network.named_modules())
    if absent := [name for name in names if name not in known]:
        raise ValueError(f'blocks: the network has no {absent[0]!r}; name submodules of it')
    found: Blocks = {name: [] for name in names}

    def keep(name: str, module: nn.Module, args: Any, out: Any) -> None:
        found[name].extend([out] if isinstance(out, Tensor) else out)

    hooks = [known[name].register_forward_hook(partial(keep, name)) for name in names]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def cosine_distance(one: Tensor, other: Tensor, channels: int) -> Tensor:
    """Mean of 1 - cos over all places of two feature maps.

    Args:
        one: float (B, C, …) of a CNN, or tokens (B, …, C).
        other: Like it.
        channels: The dimension of C, 1 or -1.
    """
    return 1 - F.cosine_similarity(one.float(), other.float(), dim=channels).mean()
