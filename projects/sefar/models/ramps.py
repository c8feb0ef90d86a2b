"""The weight ξ of the unlabelled losses over training."""

import math


def xi(form: str, epoch: int, max_epochs: int, warmup_epochs: int) -> float:
    """Weight ξ of the unlabelled losses in an epoch (Eq. 8).

    Args:
        form: ``'paper'``: sin(n / M) with n = epoch + 1, which ends at sin(1) = 0.84.
            ``'released'``: sin(π/2 · (n - warm) / (M - warm)), which ends at 1. ``'constant'``: 1.
        epoch: From 0.
        max_epochs: M.
        warmup_epochs: Supervised epochs at the start.

    Raises:
        ValueError: ``form`` is unknown.
    """
    if form == 'paper':
        return math.sin((epoch + 1) / max_epochs)
    if form == 'released':
        return math.sin(math.pi / 2 * (epoch + 1 - warmup_epochs) / (max_epochs - warmup_epochs))
    if form == 'constant':
        return 1.0
    raise ValueError(f"ramp={form!r}: wanted 'paper', 'released' or 'constant'")
