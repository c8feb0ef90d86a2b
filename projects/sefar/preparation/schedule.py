"""How long to train, from the sizes of the lists."""

from typing import NamedTuple

EPOCHS = 30
"""Epochs of the recipe for small networks (``_base_/schedules/steps_30.py``)."""
BATCH = 8, 24
"""Its labelled and unlabelled clips of a step."""


class Schedule(NamedTuple):
    """The length of a run.

    Attributes:
        steps: Optimiser steps of an epoch.
        views: Views of each unlabelled clip over the run.
        passes: Passes over the labels.
    """

    steps: int
    views: float
    passes: float


def schedule(labelled: int, unlabelled: int) -> Schedule:
    """Choose the length of a run.

    A pool has to be seen often enough for its pseudo labels to settle, however few labels there
    are; counted in passes over a short labelled list it would starve. A small pool gets more views,
    since a network from random weights wants its steps (docs/results.md).

    Args:
        labelled: Labelled clips.
        unlabelled: Unlabelled clips.
    """
    total = max(1500, 100 * labelled / BATCH[0], 40 * unlabelled / BATCH[1])
    steps = -int(-total // EPOCHS)
    total = steps * EPOCHS
    return Schedule(steps, total * BATCH[1] / unlabelled, total * BATCH[0] / labelled)
