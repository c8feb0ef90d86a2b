"""Which perturbations keep the class, as far as predictions of a few labelled clips tell."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from mmaction.evaluation import ConfusionMatrix

NONE = 'none'
MIRROR = 'mirror'
BACKWARDS = 'backwards'
PERTURBATIONS = (
    'TemporalReverseElements',
    'TemporalReverseAll',
    'TemporalShuffleLocal',
    'TemporalShuffleAll',
    'TemporalSlowRate',
    'TemporalDrop',
    'TemporalHalf',
    'TemporalWarp',
)
EXCHANGES = {MIRROR: 'flip_label_map', BACKWARDS: 'reverse_label_map'}
"""What may turn a class into another one as a whole, and the field of the map."""


class Outcome(NamedTuple):
    """What a network that never saw a perturbation makes of perturbed held-out clips.

    Attributes:
        accuracy: Against the labels, in [0, 1].
        change: Accuracy less that of unperturbed clips.
        low: Lower end of the 90 % interval of ``change``, by resampling clips.
        high: Upper end.
        turns: Class → class that most of its perturbed clips are taken for, where that is another
            one than of its unperturbed clips.
    """

    accuracy: float
    change: float
    low: float
    high: float
    turns: dict[int, int]


def interval(right: np.ndarray, plain: np.ndarray) -> tuple[float, float]:
    """90 % interval of the mean of ``right - plain``, clips drawn again 2,000 times.

    One clip for each side is added, since few clips of which none changed do not say that none can.
    """
    difference = np.append(right - plain, (1, -1))
    rng = np.random.default_rng(0)
    means = difference[rng.integers(len(difference), size=(2000, len(difference)))].mean(1)
    low, high = np.quantile(means, (0.05, 0.95))
    return float(low), float(high)


def outcome(labels: np.ndarray, plain: np.ndarray, perturbed: np.ndarray) -> Outcome:
    """Compare predictions of perturbed clips with those of unperturbed ones.

    Args:
        labels: int (N, ).
        plain: int (N, draws), of unperturbed clips.
        perturbed: int (N, draws).
    """
    right = (perturbed == labels[:, None]).mean(1)
    before = (plain == labels[:, None]).mean(1)
    turns = {}
    for label in np.unique(labels):
        usual, now = (_most(values[labels == label]) for values in (plain, perturbed))
        if now != usual:
            turns[int(label)] = now
    return Outcome(
        float(right.mean()), float((right - before).mean()), *interval(right, before), turns
    )


def exchange_map(
    labels: np.ndarray, plain: np.ndarray, perturbed: np.ndarray, num_classes: int
) -> dict[int, int]:
    """The exchange of classes that explains most predictions of perturbed clips.

    Perturbed clips of either class of a pair are taken for the other more often than for their own,
    together by more than one standard deviation of chance, and by so much more than unperturbed
    ones: classes that the network mixes up anyway are no pair. Pairs are taken in the order of what
    they explain; a class that is in none stays itself.

    Args:
        labels: int (N, ).
        plain: int (N, draws), predictions of unperturbed clips.
        perturbed: int (N, draws).
        num_classes: Number of classes.

    Returns:
        ``{class: class}`` of those that are exchanged, both ways.
    """
    draws = perturbed.shape[1]
    truth = np.repeat(labels, draws)
    usual, taken = (  # clips of each class (rows) that are taken for each class
        ConfusionMatrix.calculate(predicted.ravel(), truth, num_classes).numpy() / draws
        for predicted in (plain, perturbed)
    )
    gain, usual_gain = (
        counts + counts.T - np.add.outer(counts.diagonal(), counts.diagonal())
        for counts in (taken, usual)
    )
    chance = (taken + taken.T + np.add.outer(taken.diagonal(), taken.diagonal())) ** 0.5
    leaves = taken > taken.diagonal()[:, None]
    trade = leaves & leaves.T & (gain > chance) & (gain - usual_gain > chance)
    pairs = [(gain[a, b], a, b) for a, b in np.argwhere(np.tril(trade, -1)).tolist()]
    found: dict[int, int] = {}
    for _, a, b in sorted(pairs, reverse=True):
        if a not in found and b not in found:
            found |= {a: b, b: a}
    return dict(sorted(found.items()))


def exchanged(
    labels: np.ndarray, fold: np.ndarray, plain: np.ndarray, perturbed: np.ndarray, classes: int
) -> tuple[dict[int, int], Outcome]:
    """The map of an exchange, and how right it is on folds that it was not taken from."""
    right = np.empty(len(labels))
    for k in np.unique(fold):
        rest = fold != k
        label_map = exchange_map(labels[rest], plain[rest], perturbed[rest], classes)
        wanted = np.array([label_map.get(c, c) for c in labels[fold == k]])
        right[fold == k] = (perturbed[fold == k] == wanted[:, None]).mean(1)
    before = (plain == labels[:, None]).mean(1)
    found = Outcome(
        float(right.mean()), float((right - before).mean()), *interval(right, before), {}
    )
    return exchange_map(labels, plain, perturbed, classes), found


def keeps(found: Outcome) -> bool:
    """Whether a perturbation costs nothing that shows, and not much on the face of it."""
    return found.high >= 0 and found.change > -0.1


def recommend(
    labels: np.ndarray, fold: np.ndarray, found: Mapping[str, np.ndarray], classes: int
) -> dict[str, Any]:
    """What to write into a config.

    Args:
        labels: int (N, ).
        fold: int (N, ).
        found: Predictions from :func:`cross_fit`.
        classes: Number of classes.

    Returns:
        ``outcomes`` by perturbation; ``exchanges``: map and :class:`Outcome` by what is exchanged;
        ``temporal``: the perturbation for the strong view or ``None``; ``symmetries``: fields for
        ``SemiSupervisedDataset`` and the algorithm; ``reason``: why nothing is said, if so.
    """
    plain = found[NONE]
    outcomes = {
        name: outcome(labels, plain, found[name]) for name in (NONE, *PERTURBATIONS, *EXCHANGES)
    }
    exchanges = {name: exchanged(labels, fold, plain, found[name], classes) for name in EXCHANGES}
    right = (plain == labels[:, None]).mean(1)
    least = interval(right, np.zeros(len(right)))[0]
    said: dict[str, Any] = dict(
        outcomes=outcomes, exchanges=exchanges, temporal=None, symmetries={}, reason=''
    )
    if least <= 1.5 / classes:
        said['reason'] = (
            f'labels alone are right for {100 * right.mean():.0f} % of {len(labels)} held-out '
            'clips, too near to chance to tell what a perturbation does; label more clips, or '
            'train longer'
        )
        return said
    for name, field in EXCHANGES.items():
        label_map, with_map = exchanges[name]
        if keeps(with_map):
            said['symmetries'][field] = label_map
    # In the paper's order of worth (Table 4); an exchange is no perturbation of one class.
    ranking = ('TemporalReverseElements', 'TemporalWarp', 'TemporalDrop', 'TemporalShuffleLocal')
    said['temporal'] = next((name for name in ranking if outcomes[name].low > -0.1), None)
    return said


def config_lines(said: Mapping[str, Any]) -> list[str]:
    """The recommendation as lines of a config."""
    if said['reason']:
        return [f'# {said["reason"]}']
    temporal = f"dict(type='{said['temporal']}')" if said['temporal'] else 'dict(_delete_=True)'
    return [
        f'symmetries = dict({", ".join(f"{k}={v}" for k, v in said["symmetries"].items())})',
        'model = dict(algorithm=symmetries)',
        f'_views = dict(strong=dict(temporal={temporal}))',
        'train_dataloader = dict(',
        '    dataset=dict(unlabelled=dict(pipeline=dict(split=dict(views=_views))), **symmetries)',
        ')',
    ]


def _most(values: np.ndarray) -> int:
    return int(np.bincount(values.ravel()).argmax())
