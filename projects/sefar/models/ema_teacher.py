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

    Raises:
        ValueError: ω is out of range.
    """

    def __init__(self, momentum: float = 1e-4) -> None:
        if not 0 < momentum <= 1:
            raise ValueError(f'ema: momentum={momentum}: wanted ω in (0, 1], such as 1e-4')
        self.momentum = momentum

    def copy_of(self, student: nn.Module) -> nn.Module:
        """A network of the same structure and weights that no optimiser trains."""
        return deepcopy(student).requires_grad_(False).eval()

    @torch.no_grad()
    def start(self, student: nn.Module, teacher: nn.Module) -> None:
        """Make the teacher an exact copy of the student, buffers included."""
        teacher.load_state_dict(student.state_dict())

    @torch.no_grad()
    def move(self, student: nn.Module, teacher: nn.Module) -> None:
        """θ_t ← ω θ_s + (1 - ω) θ_t (Eq. 1).

        Floating buffers (batch-norm statistics) move likewise, counters are copied.
        """
        source, target = student.state_dict(), teacher.state_dict()
        moving = [key for key, value in target.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [target[key] for key in moving], [source[key] for key in moving], self.momentum
        )
        for key in target.keys() - set(moving):
            target[key].copy_(source[key])
