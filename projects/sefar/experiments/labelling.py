"""Is a strategy of choosing the next labels worth it? Hidden labels answer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from sefar.analysis.cross_fit import OTHERWISE, labelled_entries, train_fold
from sefar.config_values import digest_of
from sefar.datasets.clip_lists import list_of, read_clip_list
from sefar.engine.staged_runner import without_stages
from sefar.inference import Clip, Predictor, load_trained
from sefar.inference.label_next import choose
from sefar.preparation.files import write_list
from sefar.whole_file import check_made_with

Rows = list[tuple[str, int]]


def hidden_entries(cfg: Config) -> Rows:
    """Unlabelled clips of a config, and the labels that its list hides.

    Raises:
        ValueError: the list hides none.
    """
    path = list_of(cfg.train_dataloader.dataset, 'unlabelled')
    entries = read_clip_list(path, labels_required=False)
    if any(entry.label < 0 for entry in entries):
        raise ValueError(f'{path}: a simulation wants the hidden labels of all unlabelled clips')
    return [(entry.path, entry.label) for entry in entries]


def simulate(
    cfg: Config, out: Path, strategy: str, rounds: int, count: int, seed: int
) -> list[dict[str, Any]]:
    """Train on the labels, choose clips, be told their labels, and again.

    Args:
        cfg: A semi-supervised config whose unlabelled list hides labels; networks train on labels
            alone, which is what choosing has to be good for.
        out: Folder; finished rounds are kept, and the first one is shared by all strategies.
        strategy: See :func:`choose`.
        rounds: Times that labels are added.
        count: Clips to label each time.
        seed: Of trainings and draws.

    Returns:
        ``labels`` and ``top1`` (in [0, 1], on the test list) of every round, the first without
        additions.

    Raises:
        ValueError: the folder holds rounds of another simulation.
    """
    _, labelled = labelled_entries(cfg)
    pool = hidden_entries(cfg)
    test = cfg.test_dataloader.dataset
    root = Path(test.get('data_root') or '') / (test.get('data_prefix') or {}).get('video', '')
    tested = read_clip_list(str(Path(test.get('data_root') or '') / test.ann_file))
    found = []
    config = digest_of(cfg.to_dict())
    for number in range(rounds + 1):
        folder = out / ('start' if number == 0 else f'{strategy}_{number}') / f'seed_{seed}'
        result = folder / 'result.json'
        fit = folder / 'labelled.txt'
        made = dict(labelled=list(map(list, labelled)), config=config)
        check_made_with(folder, made, OTHERWISE)
        write_list(fit, labelled)
        if not result.is_file():
            train_fold(cfg, fit, folder / 'run', seed)
        elif number == rounds:  # nothing is left to choose
            found.append(json.loads(result.read_text()))
            break
        own = without_stages(cfg)
        own.model.algorithm = dict(type='Supervised')
        checkpoint = (folder / 'run/last_checkpoint').read_text().strip()
        predictor = Predictor(load_trained(checkpoint, own), seed=seed, batch_size=45)
        if not result.is_file():
            clips = [Clip(entry.path, str(root / entry.path), entry.label) for entry in tested]
            right = [said.label == said.clip.label for said in predictor(clips)]
            result.write_text(json.dumps(dict(labels=len(labelled), top1=float(np.mean(right)))))
        found.append(json.loads(result.read_text()))
        if number < rounds:
            said = list(predictor([Clip(path, str(root / path)) for path, _ in pool]))
            names = [str(label) for label in range(test.num_classes)]
            chosen = {c.clip for c in choose(said, names, count, strategy, seed)}
            labelled = labelled + [row for i, row in enumerate(pool) if i in chosen]
            pool = [row for i, row in enumerate(pool) if i not in chosen]
    return found
