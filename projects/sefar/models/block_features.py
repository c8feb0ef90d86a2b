"""What blocks inside a network give out on its way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


@contextmanager
def block_features(network: nn.Module, names: Sequence[str]) -> Iterator[list[Tensor]]:
    """Collect what some submodules give, in the order of their calls.

    Args:
        network: Any network.
        names: Of submodules that give a tensor or several, such as ``backbone.backbone.layer4``.

    Yields:
        A list that fills as the network runs.

    Raises:
        ValueError: the network has no such submodule.
    """
    known = dict(network.named_modules())
    if absent := [name for name in names if name not in known]:
        raise ValueError(f'blocks: the network has no {absent[0]!r}; name submodules of it')
    found: list[Tensor] = []

    def keep(module: nn.Module, args: Any, out: Any) -> None:
        found.extend([out] if isinstance(out, Tensor) else out)

    hooks = [known[name].register_forward_hook(keep) for name in names]
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
