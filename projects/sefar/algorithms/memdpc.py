"""MemDPC: memory-augmented dense predictive coding (Han et al., ECCV 2020)."""

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.moments import check_moments, encode_parts
from sefar.models.progress import Progress

from .algorithm import Inputs, Samples, Step
from .self_supervised import SelfSupervised


@MODELS.register_module()
class MemDPC(SelfSupervised):
    r"""What comes next is a convex mix of a learned memory, told from everything that does not.

    ::

        weak ─ P parts, each by itself ─ student ─ z_1 … z_P, a vector a position
        z_1 … z_{P-S} ─ recurrent cell ─ c ─ p = softmax(φ(c)) ─ ẑ = Σ p_i m_i ┐
                              ▲────────────────────────────────────────────────┘ S times

    .. math::

        L = -\log \frac{e^{ẑ_{i,s,k} z_{i,s,k}}}{\sum_{j,u,l} e^{ẑ_{i,s,k} z_{j,u,l}}}

    over clips, predicted steps and positions: other clips, other times and other places repel. The
    cell is a GRU that every position has for itself, the 1 × 1 form of the paper's.

    Args:
        parts: P, at least 2.
        predicted: S, parts that are predicted, at least 1 and fewer than P.
        slots: Vectors of the memory.

    Raises:
        ValueError: an argument is out of range, or does not fit the clips.
    """

    views = in_order = ('weak',)
    cell: nn.GRUCell
    address: nn.Linear
    memory: nn.Parameter

    def __init__(self, parts: int = 4, predicted: int = 2, slots: int = 1024) -> None:
        super().__init__()
        if not 1 <= predicted < parts or slots < 1:
            raise ValueError(
                f'parts={parts}, predicted={predicted}, slots={slots}: wanted at least one part to '
                'predict and one to predict it from, and at least 1 slot'
            )
        self.parts = parts
        self.predicted = predicted
        self.slots = slots

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; the memory fits the network."""
        super().bind(networks)
        check_moments(self.student, self.parts)
        width = self.student.cls_head.in_channels
        self.cell = nn.GRUCell(width, width)
        self.address = nn.Linear(width, self.slots)
        # As long as the authors': a mean over many slots is short, and told from nothing.
        self.memory = nn.Parameter(torch.randn(self.slots, width))

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Predict the last parts from the first."""
        maps = encode_parts(self.student, inputs['weak'], self.parts)  # (B, P, D, T, S)
        with full_precision(maps):
            seen = maps.float().mean(3).movedim(2, 3)  # (B, P, positions, D)
            come = seen[:, self.parts - self.predicted :]
            loss, right = predictive_contrast(self.predict(seen), come)
        return Step(dict(loss_predictive=loss), dict(told_apart=right))

    def predict(self, seen: Tensor) -> Tensor:
        """What the memory says of the last parts.

        Args:
            seen: float (B, P, positions, D), of which only the first P - S parts are looked at.

        Returns:
            float (B, S, positions, D).
        """
        state = torch.zeros_like(seen[:, 0]).flatten(0, 1)
        for part in range(self.parts - self.predicted):
            state = self.cell(seen[:, part].flatten(0, 1), state)
        said: list[Tensor] = []
        for step in range(self.predicted):
            if step:
                state = self.cell(F.relu(said[-1]), state)  # as what it has seen
            said.append(self.address(state).softmax(1) @ self.memory)
        return torch.stack(said, dim=1).unflatten(0, seen[:, 0].shape[:2]).transpose(1, 2)


def predictive_contrast(said: Tensor, come: Tensor) -> tuple[Tensor, Tensor]:
    """L of predictions (B, S, positions, D) and what came, and the share that find it."""
    logits = said.flatten(0, 2) @ come.flatten(0, 2).T
    target = torch.arange(len(logits), device=logits.device)
    return F.cross_entropy(logits, target), (logits.argmax(1) == target).float().mean()
