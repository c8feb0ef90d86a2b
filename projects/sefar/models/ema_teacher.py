"""The mean teacher's weights."""

from copy import deepcopy

import torch
from mmaction.registry import MODELS
from torch import nn


@MODELS.register_module()
class EMATeacher:
    """A moving average of a student: copied from it, started as it, moved after it.

    Args:
        momentum: ω of Eq. 1 in (0, 1]; released 1e-4. The teacher averages over about 1 / ω steps,
            so a run of a few hundred steps needs a larger ω than one of thousands.
        span: Share of the run's steps that it averages over, in (0, 1], in ω's place: ω then
            follows from the length of the run, 1 / (span · steps).

    Raises:
        ValueError: ω or the share is out of range, or both are given.
    """

    def __init__(self, momentum: float | None = None, span: float | None = None) -> None:
        if momentum is None and span is None:
            momentum = 1e-4
        values = [value for value in (momentum, span) if value is not None]
        if len(values) != 1 or not 0 < values[0] <= 1:
            raise ValueError(
                f'ema: momentum={momentum}, span={span}: wanted ω in (0, 1], such as 1e-4, or in '
                'its place a share of the run in (0, 1]'
            )
        self.momentum = momentum
        self.span = span

    def omega(self, max_steps: int | None) -> float:
        """ω in a run of so many steps."""
        if self.momentum is not None:
            return self.momentum
        return min(1.0, 1 / (self.span * max_steps))

    def copy_of(self, student: nn.Module) -> nn.Module:
        """A network of the same structure and weights that no optimiser trains."""
        return deepcopy(student).requires_grad_(False).eval()

    @torch.no_grad()
    def start(self, student: nn.Module, teacher: nn.Module) -> None:
        """Make the teacher an exact copy of the student, buffers included."""
        teacher.load_state_dict(student.state_dict())

    @torch.no_grad()
    def move(self, student: nn.Module, teacher: nn.Module, max_steps: int | None = None) -> None:
        """θ_t ← ω θ_s + (1 - ω) θ_t (Eq. 1).

        Floating buffers (batch-norm statistics) move likewise, counters are copied.

        Args:
            student: Source.
            teacher: Target, of the same structure.
            max_steps: Steps of the whole run, which ``span`` is a share of.
        """
        source, target = student.state_dict(), teacher.state_dict()
        moving = [key for key, value in target.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [target[key] for key in moving], [source[key] for key in moving], self.omega(max_steps)
        )
        for key in target.keys() - set(moving):
            target[key].copy_(source[key])
