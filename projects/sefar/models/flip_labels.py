"""Classes that a mirror exchanges."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class FlipLabels(nn.Module):
    """Carry labels and probabilities from one view of a clip to another.

    Args:
        label_map: Classes that a horizontal flip exchanges, ``{class: class}`` in both directions,
            as for MMAction2's ``Flip``.
        num_classes: C.

    Raises:
        ValueError: a class is out of range, or only one direction is given.
    """

    permutation: Tensor

    def __init__(self, label_map: Mapping[int, int], num_classes: int) -> None:
        super().__init__()
        permutation = list(range(num_classes))
        for source, target in label_map.items():
            if not (0 <= source < num_classes and 0 <= target < num_classes):
                raise ValueError(
                    f'flip_label_map: {source} -> {target} is outside [0, {num_classes})'
                )
            if label_map.get(target, target) != source:
                raise ValueError(
                    f'flip_label_map: {source} -> {target} but {target} -> '
                    f'{label_map.get(target, target)}; a flip must exchange classes, give both ways'
                )
            permutation[source] = target
        self.register_buffer('permutation', torch.tensor(permutation), persistent=False)

    def across(self, probs: Tensor, samples: list, source: str, target: str) -> Tensor:
        """Probabilities (U, B, C) on one view as those on another one.

        They are permuted where one of the two views was mirrored and the other was not.
        """
        flips = [sample.get('flipped', {}) for sample in samples]
        crossed = [flip.get(source, False) != flip.get(target, False) for flip in flips]
        where = torch.tensor(crossed, device=probs.device)[:, None]
        return torch.where(where, probs[..., self.permutation], probs)

    def onto(self, labels: Tensor, samples: list, view: str) -> Tensor:
        """Labels int64 (B, ) of whole clips as those of a view, which may be mirrored."""
        mirrored = [sample.get('flipped', {}).get(view, False) for sample in samples]
        where = torch.tensor(mirrored, device=labels.device)
        return torch.where(where, self.permutation[labels], labels)
