"""Which perturbations keep the class, as far as a few labelled clips tell."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from torch import nn
from tqdm import tqdm

from sefar.datasets import SeededIndex
from sefar.datasets.clip_lists import named, read_clip_list
from sefar.datasets.seeding import mix_seed
from sefar.models.recognizer import networks_of
from sefar.preparation.files import write_list

BATCH = 32
NONE = 'none'
MIRROR = 'mirror'
REVERSED = 'TemporalReverseAll'
PERTURBATIONS = (
    'TemporalReverseElements',
    REVERSED,
    'TemporalShuffleLocal',
    'TemporalShuffleAll',
    'TemporalSlowRate',
    'TemporalDrop',
    'TemporalHalf',
    'TemporalWarp',
)
EXCHANGES = {MIRROR: 'flip_label_map', REVERSED: 'reverse_label_map'}
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


def folds(labels: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Deal clips into folds, class by class: int (N, ).

    Raises:
        ValueError: a class has fewer than two clips, so that none could be held out.
    """
    fold = np.empty(len(labels), int)
    rng = np.random.default_rng(seed)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        if len(members) < 2:
            raise ValueError(f'class {label} has one labelled clip; two are wanted to hold one out')
        fold[rng.permutation(members)] = np.arange(len(members)) % number
    return fold


def labelled_entries(cfg: Config) -> tuple[str, list[tuple[str, int]]]:
    """The labelled list of a config and its clips.

    Raises:
        ValueError: the config has no labelled and unlabelled lists.
    """
    dataset = cfg.train_dataloader.dataset
    if 'labelled' not in dataset:
        raise ValueError('the config has no labelled list (SemiSupervisedDataset)')
    root = dataset.labelled.get('data_root', dataset.get('data_root')) or ''
    name = named(dataset.labelled.ann_file, dataset.get('share'), dataset.get('draw'))
    path = str(Path(root) / name)
    return path, [(entry.path, entry.label) for entry in read_clip_list(path)]


def train_fold(cfg: Config, fit: Path, work_dir: Path, seed: int) -> nn.Module:
    """Train the config's network on a list of labels alone; a finished fold is read back.

    Args:
        cfg: A semi-supervised config; its schedule is kept.
        fit: Clip list.
        work_dir: Folder of the fold.
        seed: Of the run.
    """
    cfg = cfg.copy()
    cfg.model.algorithm = dict(type='Supervised')
    dataset = cfg.train_dataloader.dataset
    dataset.labelled.ann_file = str(fit.resolve())
    for name in ('flip_label_map', 'reverse_label_map'):
        dataset.pop(name, None)
    if '{share' not in dataset.unlabelled.ann_file:
        dataset.share = None
    if '{draw' not in dataset.unlabelled.ann_file:
        dataset.draw = None
    cfg.work_dir = str(work_dir)
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.test_dataloader = cfg.test_cfg = cfg.test_evaluator = None
    cfg.randomness = dict(seed=seed)
    cfg.experiment_name = work_dir.name
    cfg.resume = True
    runner = Runner.from_cfg(cfg)
    runner.train()
    return next(iter(networks_of(runner.model).values())).eval()


def predict_perturbed(
    cfg: Config, network: nn.Module, held: Path, perturbation: str, draws: int, seed: int
) -> np.ndarray:
    """What a network takes perturbed clips for, int (N, draws).

    Args:
        cfg: Its config; the test pipeline is taken, with one slot filled.
        network: From :func:`train_fold`.
        held: Clip list.
        perturbation: One of ``PERTURBATIONS``, ``MIRROR`` or ``NONE``.
        draws: Random draws of each clip.
        seed: Of the draws.
    """
    dataset_cfg = cfg.test_dataloader.dataset.copy()
    if not isinstance(dataset_cfg.pipeline, Mapping):
        raise ValueError('test_dataloader: the pipeline is a list, wanted steps by name')
    slot = {}
    if perturbation == MIRROR:
        slot = dict(flip=dict(type='Flip', flip_ratio=1.0))
    elif perturbation != NONE:
        slot = dict(temporal=dict(type=perturbation))
    dataset_cfg.pipeline = {**dataset_cfg.pipeline, **slot}
    dataset_cfg.ann_file = str(held.resolve())
    dataset = DATASETS.build(dataset_cfg)
    preprocess = MODELS.build(cfg.model.data_preprocessor)
    found = []
    for draw in range(draws):
        samples = [dataset[SeededIndex(i, mix_seed(seed, draw, i))] for i in range(len(dataset))]
        for start in range(0, len(samples), BATCH):
            batch = preprocess(pseudo_collate(samples[start : start + BATCH]))
            with torch.no_grad():
                scored = network(batch['inputs'], batch['data_samples'], mode='predict')
            found += [int(sample.pred_score.argmax()) for sample in scored]
    return np.array(found).reshape(draws, len(dataset)).T


def cross_fit(
    cfg: Config, out: Path, number: int, draws: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Predict each labelled clip, perturbed, by a network that did not train on it.

    Args:
        cfg: A semi-supervised config.
        out: Folder of lists and runs; what is finished there is not done again.
        number: Folds.
        draws: Random draws of each clip and perturbation.
        seed: Of folds, trainings and draws.

    Returns:
        Labels int (N, ), folds int (N, ), predictions int (N, draws) by perturbation.
    """
    ann_file, entries = labelled_entries(cfg)
    labels = np.array([label for _, label in entries])
    try:
        fold = folds(labels, number, seed)
    except ValueError as error:
        raise ValueError(f'{ann_file}: {error}') from None
    names = (NONE, *PERTURBATIONS, MIRROR)
    found = {name: np.empty((len(labels), draws), int) for name in names}
    out.mkdir(parents=True, exist_ok=True)
    for k in tqdm(range(number), desc='folds', unit='fold'):
        sides = {}
        for side, members in (('fit', fold != k), ('held', fold == k)):
            sides[side] = out / f'{side}_{k}.txt'
            write_list(sides[side], [entries[i] for i in np.nonzero(members)[0]])
        network = train_fold(cfg, sides['fit'], out / f'fold_{k}', seed)
        for name in names:
            found[name][fold == k] = predict_perturbed(
                cfg, network, sides['held'], name, draws, seed
            )
    return labels, fold, found


def interval(right: np.ndarray, plain: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """90 % interval of the mean of ``right - plain``, clips drawn again 2,000 times."""
    difference = right - plain
    rng = np.random.default_rng(seed)
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


def exchange_map(labels: np.ndarray, perturbed: np.ndarray, num_classes: int) -> dict[int, int]:
    """The exchange of classes that explains most predictions of perturbed clips.

    Pairs are taken in the order of how much of both classes they explain; a class that is in no
    pair stays itself. Each class counts alike.

    Returns:
        ``{class: class}`` of those that are exchanged, both ways.
    """
    share = np.zeros((num_classes, num_classes))
    for label in np.unique(labels):
        predicted = perturbed[labels == label].ravel()
        share[label] = np.bincount(predicted, minlength=num_classes) / len(predicted)
    gain = share + share.T - np.diag(share)[:, None] - np.diag(share)[None]
    pairs = [(gain[a, b], a, b) for a in range(num_classes) for b in range(a)]
    found: dict[int, int] = {}
    for value, a, b in sorted(pairs, reverse=True):
        if value > 0 and a not in found and b not in found:
            found |= {a: b, b: a}
    return dict(sorted(found.items()))


def exchanged(
    labels: np.ndarray, fold: np.ndarray, plain: np.ndarray, perturbed: np.ndarray, classes: int
) -> tuple[dict[int, int], Outcome]:
    """The map of an exchange, and how right it is on folds that it was not taken from."""
    right = np.empty(len(labels))
    for k in np.unique(fold):
        label_map = exchange_map(labels[fold != k], perturbed[fold != k], classes)
        wanted = np.array([label_map.get(c, c) for c in labels[fold == k]])
        right[fold == k] = (perturbed[fold == k] == wanted[:, None]).mean(1)
    before = (plain == labels[:, None]).mean(1)
    found = Outcome(
        float(right.mean()), float((right - before).mean()), *interval(right, before), {}
    )
    return exchange_map(labels, perturbed, classes), found


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
        name: outcome(labels, plain, found[name]) for name in (NONE, *PERTURBATIONS, MIRROR)
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
    said['temporal'] = next((name for name in ranking if keeps(outcomes[name])), None)
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
