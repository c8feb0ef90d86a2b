"""Networks that look at labelled clips, perturbed, on which they did not train."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from torch import nn
from tqdm import tqdm

from sefar.config_values import digest_of
from sefar.datasets import SeededIndex
from sefar.datasets.clip_lists import list_of, read_clip_list
from sefar.datasets.seeding import mix_seed
from sefar.engine.staged_runner import without_stages
from sefar.models.recognizer import networks_of
from sefar.preparation.files import write_list
from sefar.whole_file import check_made_with

from .perturbations import BACKWARDS, EXCHANGES, MIRROR, NONE, PERTURBATIONS

BATCH = 32
OTHERWISE = 'another config, other labels or another number of them'


def folds(labels: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Deal clips into folds, class by class, each going on where the last ended: int (N, ).

    Raises:
        ValueError: there are fewer clips than folds, or a class has fewer than two clips, so that
            none could be held out.
    """
    if len(labels) < number:
        raise ValueError(f'{len(labels)} labelled clips for {number} folds; take fewer folds')
    fold, dealt = np.empty(len(labels), int), 0
    rng = np.random.default_rng(seed)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        if len(members) < 2:
            raise ValueError(
                f'class {label} has one labelled clip; two are wanted to hold one out: label '
                'another, or take its line out of the list'
            )
        fold[rng.permutation(members)] = np.arange(dealt, dealt + len(members)) % number
        dealt += len(members)
    return fold


def labelled_entries(cfg: Config) -> tuple[str, list[tuple[str, int]]]:
    """The labelled list of a config and its clips.

    Raises:
        ValueError: the config has no labelled and unlabelled lists.
    """
    dataset = cfg.train_dataloader.dataset
    if 'labelled' not in dataset:
        raise ValueError('the config has no labelled list (SemiSupervisedDataset)')
    path = list_of(dataset, 'labelled')
    return path, [(entry.path, entry.label) for entry in read_clip_list(path)]


def train_fold(cfg: Config, fit: Path, work_dir: Path, seed: int) -> nn.Module:
    """Train the config's network on a list of labels alone; a finished fold is read back.

    Args:
        cfg: A semi-supervised config; its schedule is kept.
        fit: Clip list.
        work_dir: Folder of the fold.
        seed: Of the run.
    """
    # What an earlier stage learnt of all clips is not there: networks begin as that stage did.
    cfg = without_stages(cfg)
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
    """What a network says of perturbed clips, float32 (N, draws, C) probabilities.

    Args:
        cfg: Its config; the test pipeline is taken, with one slot filled.
        network: From :func:`train_fold`.
        held: Clip list.
        perturbation: One of ``PERTURBATIONS`` or ``EXCHANGES``, or ``NONE``.
        draws: Random draws of each clip.
        seed: Of the draws.
    """
    dataset_cfg = cfg.test_dataloader.dataset.copy()
    slot = {}
    if perturbation == MIRROR:
        slot = dict(flip=dict(type='Flip', flip_ratio=1.0))
    elif perturbation == BACKWARDS:
        slot = dict(reverse=dict(type='TemporalReverseAll', label_map={}))
    elif perturbation != NONE:
        slot = dict(temporal=dict(type=perturbation))
    if slot:
        dataset_cfg.pipeline = {**dataset_cfg.pipeline, **slot}
    dataset_cfg.ann_file = str(held.resolve())
    dataset = DATASETS.build(dataset_cfg)
    preprocess = MODELS.build(cfg.model.data_preprocessor).to(next(network.parameters()).device)
    found = []
    for draw in range(draws):
        for start in range(0, len(dataset), BATCH):
            places = range(start, min(start + BATCH, len(dataset)))
            samples = [dataset[SeededIndex(i, mix_seed(seed, draw, i))] for i in places]
            batch = preprocess(pseudo_collate(samples))
            with torch.no_grad():
                scored = network(batch['inputs'], batch['data_samples'], mode='predict')
            found += [sample.pred_score.cpu().numpy() for sample in scored]
    return np.stack(found).reshape(draws, len(dataset), -1).swapaxes(0, 1)


def cross_fit(
    cfg: Config,
    out: Path,
    number: int,
    draws: int,
    seed: int = 0,
    names: Sequence[str] = (NONE, *PERTURBATIONS, *EXCHANGES),
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Predict each labelled clip, perturbed, by a network that did not train on it.

    Args:
        cfg: A semi-supervised config.
        out: Folder of lists and runs; what is finished there is not done again.
        number: Folds.
        draws: Random draws of each clip and perturbation.
        seed: Of folds, trainings and draws.
        names: Of the perturbations.

    Returns:
        Labels int (N, ), folds int (N, ), probabilities float32 (N, draws, C) by perturbation; the
        clips are those of :func:`labelled_entries`.

    Raises:
        ValueError: the folder holds those of another config, the test pipeline has no slots to
            fill, or see :func:`folds`.
    """
    ann_file, entries = labelled_entries(cfg)
    labels = np.array([label for _, label in entries])
    try:
        fold = folds(labels, number, seed)
    except ValueError as error:
        raise ValueError(f'{ann_file}: {error}') from None
    test = cfg.test_dataloader.dataset
    if set(names) != {NONE} and not isinstance(test.pipeline, Mapping):
        raise ValueError('test_dataloader: the pipeline is a list, wanted steps by name')
    classes = test.num_classes
    found = {name: np.empty((len(labels), draws, classes), np.float32) for name in names}
    made = dict(
        config=digest_of(cfg.to_dict()), folds=number, seed=seed, labelled=list(map(list, entries))
    )
    check_made_with(out, made, OTHERWISE)
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
