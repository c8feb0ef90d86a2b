"""The mean teacher: its weights and its repeated predictions."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@torch.no_grad()
def copy_weights(student: nn.Module, teacher: nn.Module) -> None:
    """Make the teacher an exact copy of the student, buffers included."""
    teacher.load_state_dict(student.state_dict())


@torch.no_grad()
def ema_update(student: nn.Module, teacher: nn.Module, momentum: float) -> None:
    """θ_t ← ω θ_s + (1 - ω) θ_t (Eq. 1).

    Floating buffers (batch-norm statistics) move likewise, counters are copied.

    Args:
        student: Source.
        teacher: Target, of the same structure.
        momentum: ω in (0, 1].
    """
    source, target = student.state_dict(), teacher.state_dict()
    moving = [key for key, value in target.items() if value.is_floating_point()]
    torch._foreach_lerp_([target[key] for key in moving], [source[key] for key in moving], momentum)
    for key in target.keys() - set(moving):
        target[key].copy_(source[key])


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
def monte_carlo_probs(recognizer: nn.Module, inputs: Tensor, times: int) -> Tensor:
    """Predict ``times`` times with dropout active (paper, section "Adaptive Regulation").

    Everything before the head is deterministic in the standard model, so its features are computed
    once; only the head is repeated. The same dropout masks give what full passes give.

    Args:
        recognizer: The teacher, in evaluation mode.
        inputs: float (B, 1, C, K, H, W).
        times: U; one prediction is made without dropout.

    Returns:
        float32 probabilities (U, B, num_classes).
    """
    if times == 1:
        return recognizer(inputs, stage='head').float().softmax(-1).unsqueeze(0)
    with dropout_active(recognizer):
        if needs_full_passes(recognizer):
            passes = [recognizer(inputs, stage='head') for _ in range(times)]
            logits = torch.stack(passes)
        else:
            feats = recognizer(inputs, stage='neck')
            head = recognizer.cls_head
            if hasattr(head, 'monte_carlo'):
                logits = head.monte_carlo(feats, times)
            else:
                logits = torch.stack([head(feats) for _ in range(times)])
    return logits.float().softmax(-1)
