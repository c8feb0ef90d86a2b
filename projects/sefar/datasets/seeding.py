"""Random draws that depend on the seed, the epoch and the place in the epoch alone."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


class SeededIndex(int):
    """A dataset index that carries the seed of the sample's random draws.

    The draws of a clip then depend neither on the worker that decodes it nor on how many there
    are, and a resumed run repeats them.

    Attributes:
        seed: Seed of the augmentation draws of this sample, in [0, 2**32).
        unused: The step will not look at the sample, so that nothing need be decoded.
    """

    seed: int
    unused: bool

    def __new__(cls, index: int, seed: int, unused: bool = False) -> 'SeededIndex':
        """Make index ``index`` whose sample draws from ``seed``."""
        made = super().__new__(cls, index)
        made.seed = seed
        made.unused = unused
        return made

    def __reduce__(self) -> tuple:
        return SeededIndex, (int(self), self.seed, self.unused)


def mix_seed(*entropy: int) -> int:
    """Mix whole numbers (seed, epoch, position, rank) into one seed in [0, 2**32)."""
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


@contextmanager
def seeded_draws(index: int) -> Iterator[None]:
    """Draw from the index's own seed inside, and leave the generators outside as they were.

    A plain ``int`` carries no seed and changes nothing. MMAction2's transforms draw from the
    global generators of ``random`` and numpy; torch's is covered as well.
    """
    if not isinstance(index, SeededIndex):
        yield
        return
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(index.seed)
    np.random.seed(index.seed)
    torch.default_generator.manual_seed(index.seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
