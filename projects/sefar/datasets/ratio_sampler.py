"""Batches with a fixed ratio of labelled and unlabelled clips."""

from collections.abc import Callable, Iterator, Sequence, Sized
from functools import lru_cache
from math import ceil

import torch
from mmaction.registry import DATA_SAMPLERS
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from .seeding import SeededIndex, mix_seed
from .semi_supervised_dataset import SemiSupervisedDataset

DEFAULT_RATIO = (1, 3)
"""Labelled to unlabelled clips, as the authors have them."""


@DATA_SAMPLERS.register_module()
class RatioSampler(Sampler):
    """Hold a ratio of labelled to unlabelled clips; the order depends on seed and epoch alone.

    An epoch is one pass over the labelled list, or over the unlabelled one (``pass_over``), or as
    many steps as a :class:`StepBatchSampler` says; in the latter two the labelled list is walked
    across epochs like the unlabelled one. Indices come in groups of ``ratio``, so that every batch
    whose size is a multiple of the group's has the same share of both kinds::

        ratio (1, 3), batch_size 8:  l u u u l u u u | l u u u l u u u | …

    Unlabelled clips are a permutation of the whole pool that is walked across epochs: after
    ``n_u`` of them every clip was seen once, and a new permutation starts. Nothing is kept between
    epochs, so a resumed run continues in the right place.

    In epochs in which the algorithm needs no unlabelled clip, the unlabelled indices are marked as
    unused and nothing is decoded for them. :class:`MeanTeacherHook` puts the question in
    ``needs_unlabelled``.

    Rank ``r`` of ``W`` takes groups ``r, r + W, …``: ``W`` ranks with batch size ``b`` see in each
    step what one rank with batch size ``W * b`` sees. Groups are filled up from the start of the
    list to a multiple of ``W``.

    Args:
        dataset: A :class:`SemiSupervisedDataset`, or any other, which counts as labelled.
        ratio: Labelled and unlabelled clips of a group. Defaults to (1, 3) with unlabelled clips
            and (1, 0) without.
        seed: Same on every rank. Defaults to a random one that all ranks share.
        pass_over: List that an epoch passes over, ``'labelled'`` or ``'unlabelled'``, as it does
            where nothing is learnt from labels.

    Raises:
        ValueError: ``ratio`` or ``pass_over`` does not fit the data set.
    """

    def __init__(
        self,
        dataset: Sized,
        ratio: Sequence[int] | None = None,
        seed: int | None = None,
        pass_over: str = 'labelled',
    ) -> None:
        semi = isinstance(dataset, SemiSupervisedDataset)
        self.ratio = tuple(ratio) if ratio is not None else (DEFAULT_RATIO if semi else (1, 0))
        whole = all(isinstance(clips, int) and clips >= 0 for clips in self.ratio)
        if len(self.ratio) != 2 or not whole or not self.ratio[0] or bool(self.ratio[1]) != semi:
            raise ValueError(
                f'ratio={self.ratio} with {type(dataset).__name__}: wanted (labelled, unlabelled) '
                'clips of a group, such as (1, 3) for a SemiSupervisedDataset and (1, 0) for others'
            )
        labelled = dataset.labelled if isinstance(dataset, SemiSupervisedDataset) else dataset
        self.num_labelled = len(labelled)
        self.num_unlabelled = len(dataset) - self.num_labelled
        self.rank, self.world_size = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.needs_unlabelled: Callable[[int], bool] = lambda epoch: True
        passes = {'labelled': self.num_labelled / self.ratio[0]}
        if semi:
            passes['unlabelled'] = self.num_unlabelled / self.ratio[1]
        if pass_over not in passes:
            raise ValueError(
                f'pass_over={pass_over!r} with {type(dataset).__name__}: wanted one of '
                f'{", ".join(passes)}'
            )
        self.num_groups = ceil(ceil(passes[pass_over]) / self.world_size) * self.world_size
        self.walks_labelled = pass_over != 'labelled'

    @property
    def group_size(self) -> int:
        """Clips of a group; a batch size must be a multiple of it."""
        return sum(self.ratio)

    def __len__(self) -> int:
        """Indices of this rank in an epoch."""
        return self.num_groups // self.world_size * self.group_size

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration yields (``DistSamplerSeedHook`` calls it)."""
        self.epoch = epoch

    def set_length(self, groups: int) -> None:
        """Make an epoch ``groups`` groups long on each rank, however long the lists are."""
        self.num_groups = groups * self.world_size
        self.walks_labelled = True

    def _places(self, number: int) -> torch.Tensor:
        """Which of the epoch's draws are this rank's, ``number`` a group: int64 (groups, number).

        No rank draws for the others: with 64 of them and a pool of a million that is gigabytes.
        """
        groups = torch.arange(self.rank, self.num_groups, self.world_size)
        return groups[:, None] * number + torch.arange(number)

    def _labelled(self) -> torch.Tensor:
        if self.walks_labelled:
            return self._walked(self.num_labelled, 4, self.ratio[0])
        order = _permutation(self.num_labelled, self.seed, 0, self.epoch)
        return order[self._places(self.ratio[0]) % self.num_labelled]

    def _unlabelled(self) -> torch.Tensor:
        return self.num_labelled + self._walked(self.num_unlabelled, 1, self.ratio[1])

    def _walked(self, size: int, stream: int, number: int) -> torch.Tensor:
        """The epoch's share of an endless walk through a list, permutation after permutation."""
        places = self._places(number)
        steps = self.epoch * self.num_groups * number + places.flatten()
        drawn = torch.empty_like(steps)
        start = 0
        while start < len(steps):
            walk = int(steps[start]) // size
            stop = int(torch.searchsorted(steps, (walk + 1) * size))
            drawn[start:stop] = _walk(size, self.seed, stream, walk)[steps[start:stop] % size]
            start = stop
        return drawn.view_as(places)

    def __iter__(self) -> Iterator[SeededIndex]:
        """Yield this rank's indices of the epoch, each with the seed of its draws."""
        groups = range(self.rank, self.num_groups, self.world_size)
        drawn = torch.cat([self._labelled(), self._unlabelled()], 1)
        needed = self.needs_unlabelled(self.epoch)
        for group, members in zip(groups, drawn, strict=True):
            for place, index in enumerate(members.tolist(), group * self.group_size):
                unused = index >= self.num_labelled and not needed
                yield SeededIndex(index, mix_seed(self.seed, 2, self.epoch, place), unused)


def _permutation(size: int, *entropy: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(mix_seed(*entropy))
    return torch.randperm(size, generator=generator)


@lru_cache(maxsize=2)
def _walk(size: int, seed: int, stream: int, walk: int) -> torch.Tensor:
    """Order of a walk through a list; kept, since a large pool lasts for many epochs."""
    return _permutation(size, seed, stream, walk)
