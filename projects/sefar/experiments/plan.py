"""The runs of a table: their configs, options and folders."""

import argparse
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config, DictAction

from sefar.config_values import check_words, run_fields
from sefar.engine.staged_runner import stages_of
from sefar.whole_file import read_json

from .grounds import DATA
from .options import share_options
from .tables import table_for

CONFIGS = Path('configs/sefar')
_LEAF = """\
_base_ = ['{configs}/sefar_{data}.py', '{configs}/_base_/algorithms/{name}.py']
_algorithm = _base_.{name}
model = dict(
    algorithm=_algorithm.algorithm[_base_.recipe], recognizer=_algorithm.get('network', {{}})
)
train_dataloader = dict(dataset=_algorithm.get('train', {{}}))
val_dataloader = test_dataloader = dict(dataset=_algorithm.get('test', {{}}))
"""


class Run(NamedTuple):
    """One training and its test.

    Attributes:
        row: Name of the row.
        seed: Seed.
        config: Config file.
        options: ``--cfg-options`` words.
        work_dir: Its folder, ``OUT/DATA/runs/HASH/seed_N``: MMEngine's files, ``test/scores.npz``,
            ``run.json``, ``result.json``.
        gpus: Processes that it is planned for.
    """

    row: str
    seed: int
    config: str
    options: tuple[str, ...]
    work_dir: Path
    gpus: int = 1

    @property
    def data(self) -> str:
        """What it trains on, as ``--data`` names it."""
        return self.work_dir.parents[2].name

    @property
    def result(self) -> dict[str, Any] | None:
        """What came out, or ``None`` where it is not finished."""
        path = self.work_dir / 'result.json'
        return read_json(path) if path.is_file() else None

    def epochs_done(self) -> int:
        """Epochs whose checkpoint is there, its stages' included."""
        name = 'last_checkpoint'
        markers = [*self.work_dir.glob(name), *self.work_dir.glob(f'stages/*/{name}')]
        found = (re.search(r'epoch_(\d+)', marker.read_text()) for marker in markers)
        return sum(int(match[1]) for match in found if match)


def load(config: str, options: Sequence[str]) -> Config:
    """Read a config and apply ``--cfg-options`` words.

    Raises:
        ValueError: a word is no ``key=value``, or would do nothing.
    """
    check_words(options)
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', nargs='*', action=DictAction)
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(parser.parse_args(['--options', *options]).options or {})
    _number_keys(cfg._cfg_dict)
    return cfg


def epochs_of(cfg: Config) -> int:
    """Epochs of a training, its stages' included."""
    return sum(stage.train_cfg.max_epochs for stage in stages_of(cfg))


def _number_keys(node: Any) -> None:
    """``map.1=2`` means class 1 of a label map, not the word "1", which MMEngine adds beside it."""
    if isinstance(node, dict):
        for key in [key for key in node if isinstance(key, str) and key.isdigit()]:
            node[int(key)] = node.pop(key)
    for part in node.values() if isinstance(node, dict) else node:
        if isinstance(part, (dict, list, tuple)):
            _number_keys(part)


def facts_of(run: Run) -> dict[str, Any]:
    """What a run is, for who reads its result."""
    return dict(config=run.config, options=run.options, seed=run.seed, gpus=run.gpus)


def config_of(algorithm: str, data: str, folder: Path) -> str:
    """The config of an algorithm on some data: a shipped one, else a leaf that is written.

    Args:
        algorithm: File of ``_base_/algorithms``.
        data: Name of the data's configs after the algorithm's, such as ``s_gym99_5p``.
        folder: Where to write a leaf: the data's SeFAR config with another algorithm.

    Raises:
        FileNotFoundError: there is no SeFAR config for the data.
    """
    name = f'{algorithm}_{data}.py'
    for path in (CONFIGS / 'baselines' / name, CONFIGS / name):
        if path.is_file():
            return str(path)
    if not (CONFIGS / f'sefar_{data}.py').is_file():
        raise FileNotFoundError(
            f'{CONFIGS}/sefar_{data}.py: no such config; --data is one of {", ".join(DATA)} or the '
            'name of a config after sefar_, such as s_gym99_5p; run from the project folder'
        )
    folder.mkdir(parents=True, exist_ok=True)
    leaf = folder / name
    leaf.write_text(_LEAF.format(configs=CONFIGS.resolve(), data=data, name=algorithm))
    return str(leaf)


def plan(
    table: str,
    data: str,
    seeds: Sequence[int],
    out: Path,
    options: Sequence[str] = (),
    gpus: int = 1,
) -> list[Run]:
    """The runs of a table, seed by seed, so that a whole table is there after the first seed.

    Args:
        table: Key of ``TABLES``.
        data: Key of ``DATA``, or the name of a config after ``sefar_``.
        seeds: Seeds.
        out: Folder of all experiments.
        options: Further ``--cfg-options`` words for all runs.
        gpus: GPUs a run; they change the batch, hence the result.

    Raises:
        FileNotFoundError: there is no such config.
        ValueError: an option is malformed.
    """
    chosen, place = table_for(table, data)
    rows = []
    for row in chosen.rows:
        config = config_of(row.algorithm, place.config, out / data / 'configs')
        common = (*chosen.on_grounds, *row.on_grounds) if data in DATA else ()
        share = share_options(row.share) if row.share else ()
        words = (*common, *share, *row.options, *options)
        if gpus > 1:  # the rate is one GPU's, whatever the table's batch is
            batch = load(config, words).train_dataloader.batch_size
            words = (*words, f'auto_scale_lr.base_batch_size={batch}')
        # By content: what two tables share is run once, and a changed config is run anew.
        read = run_fields(load(config, words).to_dict())
        content = json.dumps((read, gpus), sort_keys=True, default=str)
        digest = hashlib.sha256(content.encode()).hexdigest()[:10]
        rows.append((row.name, config, words, digest))
    return [
        Run(
            name,
            seed,
            config,
            (*place.options(seed), *words),
            out / data / 'runs' / digest / f'seed_{seed}',
            gpus,
        )
        for seed in dict.fromkeys(seeds)
        for name, config, words, digest in rows
    ]
