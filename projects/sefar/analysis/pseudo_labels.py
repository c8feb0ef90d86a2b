"""What repeated predictions are worth: figures 4c and 5 of the paper, on any list."""

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import NamedTuple

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
import torch
from mmengine.runner import Runner
from scipy.stats import rankdata
from tqdm import tqdm

from sefar.inference.calibration import calibration
from sefar.models.pseudo_labels import monte_carlo_probs
from sefar.models.recognizer import SemiSupervisedRecognizer

from .report import read_scalars, save_figure


class Predictions(NamedTuple):
    """Predictions for N clips by the network that labels.

    Attributes:
        of_label: float32 (U, N), each prediction's probability of the pseudo label.
        confidence: float32 (N, ), μ*.
        deviation: float32 (N, ), σ*.
        weights: float32 (N, ), η.
        correct: bool (N, ), whether the pseudo label is the true one.
    """

    of_label: np.ndarray
    confidence: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    correct: np.ndarray


def predict(runner: Runner, times: int, seed: int = 0) -> Predictions:
    """Let the network that labels predict each clip of the test loader, with dropout.

    Args:
        runner: With a loaded :class:`SemiSupervisedRecognizer`.
        times: U, at least 2.
        seed: Of the dropout.

    Raises:
        ValueError: no network of the model labels.
    """
    model = runner.model
    semi = isinstance(model, SemiSupervisedRecognizer)
    if not semi or model.algorithm.labelling is None:
        name = type(model.algorithm if semi else model).__name__
        raise ValueError(f'a {name} labels no clips; take the checkpoint of a method that does')
    network, labeller, _ = model.algorithm.labelling
    torch.manual_seed(seed)
    model.eval()
    parts = []
    for batch in tqdm(runner.test_dataloader, desc='label', unit='batch'):
        batch = model.data_preprocessor(batch)
        probs = monte_carlo_probs(network, batch['inputs'], times)
        pseudo = labeller.label(probs)
        truth = torch.cat([sample.gt_label for sample in batch['data_samples']])
        labels = pseudo.labels.expand(times, -1).unsqueeze(2)
        parts.append(
            (
                probs.gather(2, labels).squeeze(2).T,
                pseudo.confidence,
                pseudo.deviation,
                pseudo.weights,
                pseudo.labels == truth.to(pseudo.labels.device),
            )
        )
    arrays = [torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True)]
    return Predictions(arrays[0].T, *arrays[1:])


def auroc(scores: np.ndarray, correct: np.ndarray) -> float:
    """Chance that a correct clip scores above a wrong one, in [0, 1]; nan if all are alike.

    Args:
        scores: float (N, ).
        correct: bool (N, ).
    """
    right, wrong = int(correct.sum()), int((~correct).sum())
    if not right or not wrong:
        return nan
    ranks = rankdata(scores)
    return float((ranks[correct].sum() - right * (right + 1) / 2) / (right * wrong))


def summarise(predictions: Predictions) -> dict[str, float]:
    """Figures of :class:`Predictions`: accuracy, calibration error, AUROC of μ*, -σ* and η.

    They are of the network that labels by itself, also where a method asks another one too (LTG,
    MvPL, FinePseudo). ``weighted_accuracy`` counts each label with its η, as training does; nan
    where no clip has any weight.
    """
    correct, weights = predictions.correct, predictions.weights
    return dict(
        clips=len(correct),
        accuracy=float(correct.mean()),
        weighted_accuracy=float((weights * correct).sum() / weights.sum())
        if weights.any()
        else nan,
        mean_confidence=float(predictions.confidence.mean()),
        mean_deviation=float(predictions.deviation.mean()),
        mean_weight=float(predictions.weights.mean()),
        calibration_error=calibration(predictions.confidence, correct)[3],
        auroc_confidence=auroc(predictions.confidence, correct),
        auroc_steadiness=auroc(-predictions.deviation, correct),
        auroc_weight=auroc(predictions.weights, correct),
    )


def plot_reliability(predictions: Predictions, title: str, path: Path) -> None:
    """Plot the reliability curve, accuracy by σ* and by η, and the spread on 30 random clips.

    Args:
        predictions: From :func:`predict`.
        title: Names the run.
        path: PNG to write.
    """
    fig, axes = plt.subplots(1, 4, figsize=(17, 4), layout='constrained')
    mean, right, clips, error = calibration(predictions.confidence, predictions.correct)
    axes[0].plot([0, 1], [0, 1], 'k:', label='calibrated')
    axes[0].plot(mean, right, 'k-o', label=f'error {error:.3f}')
    for x, y, n in zip(mean, right, clips, strict=True):
        axes[0].annotate(str(n), (x, y), textcoords='offset points', xytext=(4, -10), fontsize=7)
    axes[0].set(xlabel='confidence μ*', ylabel='accuracy of pseudo labels', xlim=(0, 1))
    axes[0].legend(fontsize=8)
    named = (('deviation σ*', predictions.deviation), ('weight η', predictions.weights))
    for axis, (name, values) in zip(axes[1:3], named, strict=True):
        tenths = np.array_split(np.argsort(values), min(10, len(values)))
        axis.plot(
            [values[part].mean() for part in tenths],
            [predictions.correct[part].mean() for part in tenths],
            'k-o',
        )
        axis.set(xlabel=f'{name} (tenths of the clips)')
    for axis in axes[:3]:
        axis.set_ylim(-0.02, 1.02)
        axis.grid(alpha=0.3)
    count = len(predictions.correct)
    drawn = np.random.default_rng(0).permutation(count)[:30]  # as the paper's Fig. 4c
    order = drawn[np.argsort(predictions.confidence[drawn])]
    boxes = axes[3].boxplot(predictions.of_label[:, order], patch_artist=True, widths=0.7)
    for box, clip in zip(boxes['boxes'], order, strict=True):
        box.set_facecolor('0.85' if predictions.correct[clip] else '0.35')
    axes[3].set_xticks([])
    axes[3].set(
        xlabel=f'{len(order)} random clips (dark: pseudo label wrong)',
        ylabel=f"the label's probability, {len(predictions.of_label)} predictions",
    )
    fig.suptitle(title)
    save_figure(fig, path)


_CURVES: Sequence[tuple[str, str]] = (
    ('pseudo_weight', 'mean weight η'),
    ('mu', 'mean confidence μ*'),
    ('sigma', 'mean deviation σ*'),
    ('pseudo_acc', 'pseudo labels right'),
    ('pseudo_spread', 'classes among pseudo labels'),
    ('weight_share_q4', 'share of clips with η in the top quarter'),
)


def plot_training(runs: Mapping[str, Path], path: Path) -> None:
    """Plot η and what the pseudo labels did over training, means of 5 logged rows, a line a run.

    Args:
        runs: Maps a run's name to its work dir.
        path: PNG to write.

    Raises:
        ValueError: a run logged no pseudo labels.
    """
    fig, axes = plt.subplots(2, 3, figsize=(13, 7), layout='constrained')
    styles = ('-', '--', ':', '-.')
    for number, (name, work_dir) in enumerate(runs.items()):
        rows = [row for row in read_scalars(work_dir) if 'pseudo_weight' in row]
        if not rows:
            raise ValueError(
                f'{work_dir}: its log has no pseudo_weight: it was warm-up alone, or its method '
                'makes no pseudo labels'
            )
        for axis, (key, title) in zip(axes.flat, _CURVES, strict=True):
            points = np.array([(row['step'], row[key]) for row in rows if key in row])
            axis.set(title=title, xlabel='step')
            axis.grid(alpha=0.3)
            if len(points):
                width = min(5, len(points))
                kernel = np.ones(width) / width
                steps, values = (np.convolve(column, kernel, 'valid') for column in points.T)
                axis.plot(steps, values, styles[number % 4], label=name)
    axes.flat[0].legend(fontsize=8)
    save_figure(fig, path)
