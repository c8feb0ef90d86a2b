"""Classes that a mirror, or playing a clip backwards, exchanges."""

from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor, nn

LabelMap = Mapping[int, int]


class ViewLabels(nn.Module):
    """Carry labels and probabilities from one view of a clip to another.

    A view may be mirrored, played backwards, or both; its sample says so under ``flipped`` and
    ``reversed``. "Sit down" played backwards is "stand up": what would be a wrong label is a right
    one of another class.

    Args:
        maps: Classes that each of them exchanges, ``{class: class}`` in both directions, under
            ``flipped`` and ``reversed``; a class that is not named stays itself.
        num_classes: C.

    Raises:
        ValueError: a class is out of range, only one direction is given, or it matters which of
            the two comes first.
    """

    permutations: Tensor

    def __init__(self, maps: Mapping[str, LabelMap], num_classes: int) -> None:
        super().__init__()
        self.names = tuple(maps)
        orders = [permutation(name, label_map, num_classes) for name, label_map in maps.items()]
        for first, second in combinations(orders, 2):
            if [first[c] for c in second] != [second[c] for c in first]:
                raise ValueError(
                    'label maps: a clip that is mirrored and played backwards would be of another '
                    f'class than one played backwards and mirrored; correct the maps {dict(maps)}'
                )
        permutations = torch.tensor(orders).view(len(orders), num_classes)
        self.register_buffer('permutations', permutations, persistent=False)

    def across(self, probs: Tensor, samples: list, source: str, target: str) -> Tensor:
        """Probabilities (U, B, C) on one view as those on another one.

        They are permuted where one of the two views was mirrored (or reversed) and the other was
        not.
        """
        for name, permutation in zip(self.names, self.permutations, strict=True):
            done = [sample.get(name, {}) for sample in samples]
            crossed = [views.get(source, False) != views.get(target, False) for views in done]
            where = torch.tensor(crossed, device=probs.device)[:, None]
            probs = torch.where(where, probs[..., permutation], probs)
        return probs

    def onto(self, labels: Tensor, samples: list, view: str) -> Tensor:
        """Labels int64 (B, ) of whole clips as those of a view."""
        for name, permutation in zip(self.names, self.permutations, strict=True):
            done = [bool(sample.get(name, {}).get(view, False)) for sample in samples]
            where = torch.tensor(done, device=labels.device)
            labels = torch.where(where, permutation[labels], labels)
        return labels


FIELDS = {'flipped': 'flip_label_map', 'reversed': 'reverse_label_map'}
"""What a sample says of a view, and the field of configs that says what it does to classes."""


def permutation(name: str, label_map: LabelMap, num_classes: int) -> list[int]:
    """Class that each of C is on a clip that is ``flipped`` or ``reversed``.

    Raises:
        ValueError: a class is none of them, or only one direction is given.
    """
    permutation = list(range(num_classes))
    field = FIELDS[name]
    for source, target in label_map.items():
        if not (isinstance(source, int) and isinstance(target, int)):
            raise ValueError(f'{field}: {source!r} -> {target!r}: wanted the numbers of classes')
        if not (0 <= source < num_classes and 0 <= target < num_classes):
            raise ValueError(f'{field}: {source} -> {target} is outside [0, {num_classes})')
        if label_map.get(target, target) != source:
            raise ValueError(
                f'{field}: {source} -> {target} but {target} -> '
                f'{label_map.get(target, target)}; it must exchange classes, give both ways'
            )
        permutation[source] = target
    return permutation
