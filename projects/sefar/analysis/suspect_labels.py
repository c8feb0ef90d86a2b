"""Labels that look wrong."""

from typing import NamedTuple

import numpy as np


class Suspect(NamedTuple):
    """A clip whose label looks wrong.

    Attributes:
        clip: Its place in the list.
        given: The label that it has.
        likely: The one that it looks like.
        margin: Probability of the given label less that of the other, in [-1, 1].
    """

    clip: int
    given: int
    likely: int
    margin: float


def suspects(probs: np.ndarray, labels: np.ndarray) -> list[Suspect]:
    """Find label errors by confident learning (Northcutt et al., JAIR 2021, Eqs. 1 and 2).

    A clip looks like class j where its probability of j reaches the mean probability of j among
    the clips labelled j; of several such classes, the likeliest. It is suspect where that is
    another class than its label.

    Args:
        probs: float (N, C), each of a network that did not train on the clip.
        labels: int (N, ), the given ones.

    Returns:
        Suspects, the least likely label first.
    """
    number = probs.shape[1]
    own = probs[np.arange(len(labels)), labels]
    # A class without clips has no threshold that anything could reach.
    thresholds = np.array(
        [own[labels == j].mean() if (labels == j).any() else np.inf for j in range(number)]
    )
    reaching = np.where(probs >= thresholds, probs, -1.0)
    likely = reaching.argmax(1)
    found = [
        Suspect(int(i), int(labels[i]), int(likely[i]), float(own[i] - probs[i, likely[i]]))
        for i in np.nonzero((reaching.max(1) >= 0) & (likely != labels))[0]
    ]
    return sorted(found, key=lambda suspect: suspect.margin)
