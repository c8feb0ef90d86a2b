"""Repeated predictions with dropout."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def dropouts(module: nn.Module) -> list[nn.Module]:
    """Submodules that drop activations when in training mode."""
    return [
        m
        for m in module.modules()
        if (isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0)
        or (isinstance(m, nn.MultiheadAttention) and m.dropout > 0)
    ]


@contextmanager
def dropout_active(module: nn.Module) -> Iterator[None]:
    """Switch dropout on, and nothing else, inside."""
    layers = dropouts(module)
    modes = [layer.training for layer in layers]
    try:
        for layer in layers:
            layer.training = True
        yield
    finally:
        for layer, mode in zip(layers, modes, strict=True):
            layer.training = mode


def needs_full_passes(recognizer: nn.Module) -> bool:
    """Whether anything before the head is stochastic, so that U predictions need U passes."""
    return any(part is not recognizer.cls_head and dropouts(part) for part in recognizer.children())


@torch.no_grad()
def monte_carlo_probs(
    recognizer: nn.Module, inputs: Tensor, times: int, feats: Tensor | None = None
) -> Tensor:
    """Predict ``times`` times with dropout active (paper, section "Adaptive Regulation").

    Everything before the head is deterministic in the standard model, so its features are computed
    once; only the head is repeated. The same dropout masks give what full passes give.

    Args:
        recognizer: A network in evaluation mode.
        inputs: float (B, 1, C, K, H, W).
        times: U; one prediction is made without dropout.
        feats: What the head takes of these inputs, where it is known; spares the pass before it.

    Returns:
        float32 probabilities (U, B, num_classes).
    """
    if times == 1:
        logits = recognizer(inputs, stage='head').unsqueeze(0)
    else:
        with dropout_active(recognizer):
            logits = _repeated(recognizer, inputs, times, feats)
    # A network may label in the step that trains it. Until torch 2.11 the casts of its weights that
    # autocast keeps from here have no gradient, and the passes to come would take them.
    torch.clear_autocast_cache()
    return logits.float().softmax(-1)


def _repeated(recognizer: Any, inputs: Tensor, times: int, feats: Tensor | None) -> Tensor:
    """Logits (U, B, num_classes) under dropout."""
    if needs_full_passes(recognizer):
        return torch.stack([recognizer(inputs, stage='head') for _ in range(times)])
    if feats is None:
        feats = recognizer(inputs, stage='neck')
    head = recognizer.cls_head
    if hasattr(head, 'monte_carlo'):
        return head.monte_carlo(feats, times)
    return torch.stack([head(feats) for _ in range(times)])
