"""Which clips are worth a label."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sefar.evaluation.score_file import Scores
from sefar.whole_file import whole_file

from .predictor import Prediction

COLUMNS = ('clip', 'label', 'guess', 'probability', 'reason')
"""Of the table of chosen clips, whose labels are to be filled in."""
STRATEGIES = ('diverse', 'unsure', 'random')
"""The default first: where hidden labels answered it ended ahead of chance (docs/results.md)."""


class Choice(NamedTuple):
    """A clip to label.

    Attributes:
        clip: Its place among the predictions.
        reason: Why, in words.
    """

    clip: int
    reason: str


def choose(
    predictions: Sequence[Prediction],
    classes: Sequence[str],
    count: int,
    strategy: str = STRATEGIES[0],
    seed: int = 0,
) -> list[Choice]:
    """Choose clips to label, the most useful first.

    ::

        unsure    the largest entropy of the mean prediction
        diverse   k-means++ over what a label would change of the last layer (BADGE; Ash et al.,
                  ICLR 2020): unsure clips, none like another. The last of them are one for
                  each class that clips are taken for and that the choice would leave out.
        random    any

    Args:
        predictions: Of unlabelled clips; those that cannot be read are left out.
        classes: Names of the classes.
        count: Clips to choose; fewer where there are fewer.
        strategy: One of ``STRATEGIES``.
        seed: Of the draws.

    Raises:
        ValueError: an argument is out of range, or no clip can be read.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f'strategy={strategy!r}: wanted one of {STRATEGIES}')
    if count < 1:
        raise ValueError(f'count={count}: wanted at least 1')
    readable = [i for i, p in enumerate(predictions) if p.error is None]
    if not readable:
        first = next(iter(predictions), None)
        why = f', such as {first.clip.name}: {first.error}' if first else ''
        raise ValueError(f'label next: none of {len(predictions)} clips can be read{why}')
    said = [predictions[i] for i in readable]
    count = min(count, len(said))
    rng = np.random.default_rng(seed)
    if strategy == 'random':
        chosen = rng.permutation(len(said))[:count].tolist()
    elif strategy == 'unsure':
        chosen = np.argsort([-p.doubt for p in said], kind='stable')[:count].tolist()
    else:
        chosen = _diverse(said, count, rng)
    reasons = [_reason(said[i], classes, strategy) for i in chosen]
    return [Choice(readable[i], reason) for i, reason in zip(chosen, reasons, strict=True)]


def write_choices(
    chosen: Sequence[Choice],
    predictions: Sequence[Prediction],
    classes: Sequence[str],
    path: Path,
) -> None:
    """Write chosen clips as a CSV of :data:`COLUMNS`, labels empty."""
    with whole_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for clip, reason in chosen:
            guess = predictions[clip]
            row = classes[guess.label], f'{guess.probs.max():.4f}', reason
            writer.writerow((guess.clip.name, '', *row))


def scores_of(predictions: Sequence[Prediction], classes: Sequence[str]) -> Scores:
    """Readable clips with their probabilities, for :func:`.score_file.write_scores`."""
    said = [p for p in predictions if p.error is None]
    roots = {p.clip.filename.removesuffix(p.clip.name) for p in said}
    root = roots.pop() if len(roots) == 1 else ''
    names = [p.clip.filename.removeprefix(root) for p in said]
    labels = np.full(len(said), -1)  # whatever the list hides is not for labelling
    return Scores(names, labels, dict(mean=np.stack([p.probs for p in said])), [*classes], root)


def _diverse(said: Sequence[Prediction], count: int, rng: np.random.Generator) -> list[int]:
    """K-means++ over gradient embeddings, see :func:`choose`."""
    probs = np.stack([p.mean for p in said]).astype(np.float64)
    feats = np.stack([p.feature for p in said]).astype(np.float64)
    feats /= max(float(np.linalg.norm(feats, axis=1).mean()), 1e-12)
    labels = probs.argmax(1)
    # The gradient of the cross-entropy for the guessed label: (p - onehot) ⊗ feature, of which
    # only inner products are needed: those of the factors multiply.
    errors = probs.copy()
    errors[np.arange(len(said)), labels] -= 1
    norms = (errors**2).sum(1) * (feats**2).sum(1)

    def distances(index: int) -> np.ndarray:
        inner = (errors @ errors[index]) * (feats @ feats[index])
        return np.maximum(norms + norms[index] - 2 * inner, 0)

    first = int(norms.argmax())
    chosen, nearest = [first], distances(first)
    open_classes = set(np.unique(labels)) - {labels[first]}
    while len(chosen) < count:
        nearest[chosen] = 0
        weights = nearest.copy()
        if len(open_classes) >= count - len(chosen):  # what is left is just enough for them
            weights[~np.isin(labels, list(open_classes))] = 0
        total = weights.sum()
        if total > 0:
            index = int(rng.choice(len(said), p=weights / total))
        else:  # all that is left is like what is chosen
            left = np.setdiff1d(np.arange(len(said)), chosen)
            index = int(rng.choice(left))
        chosen.append(index)
        open_classes.discard(labels[index])
        nearest = np.minimum(nearest, distances(index))
    return chosen


def _reason(prediction: Prediction, classes: Sequence[str], strategy: str) -> str:
    if strategy == 'random':
        return 'drawn at random'
    mean = prediction.mean
    first, second = np.argsort(-mean, kind='stable')[:2]
    between = (
        f'unsure between {classes[first]} ({mean[first]:.2f}) and {classes[second]} '
        f'({mean[second]:.2f})'
    )
    if strategy == 'unsure':
        return between
    if mean[first] < 0.9:
        return f'{between}; unlike the others chosen'
    return f'taken for {classes[first]} ({mean[first]:.2f}); unlike the others chosen'
