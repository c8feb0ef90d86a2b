"""Planning, launching and collecting of runs; the training itself is ``tools/train.py``."""

import argparse
import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config, DictAction

from sefar.analysis.complexity import build_on_meta, network_parameters
from sefar.analysis.report import accuracy, read_scalars, scores_of, training_seconds
from sefar.config_values import RUN_FIELDS
from sefar.evaluation.score_file import NAME

from .tables import DATA, share_options, table_for

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
        work_dir: Its folder: MMEngine's files, ``test/scores.npz``, ``run.json``, ``result.json``.
    """

    row: str
    seed: int
    config: str
    options: tuple[str, ...]
    work_dir: Path

    @property
    def result(self) -> dict[str, Any] | None:
        """What came out, or ``None`` where it is not finished."""
        path = self.work_dir / 'result.json'
        return json.loads(path.read_text()) if path.is_file() else None

    def epochs_done(self) -> int:
        """Epochs whose checkpoint is there."""
        marker = self.work_dir / 'last_checkpoint'
        match = re.search(r'epoch_(\d+)', marker.read_text()) if marker.is_file() else None
        return int(match[1]) if match else 0


class Launcher(NamedTuple):
    """How runs are started.

    Attributes:
        gpus: Processes a run; above 1 it goes through ``tools/dist_train.sh``, that is torchrun.
        jobs: Runs at a time on this machine.
    """

    gpus: int = 1
    jobs: int = 1

    def command(self, run: Run) -> str:
        """The shell command of a run: train (or resume), then test the last checkpoint."""
        folder, config = shlex.quote(str(run.work_dir)), shlex.quote(run.config)
        options = f' --cfg-options {shlex.join(run.options)}' if run.options else ''
        python = shlex.quote(sys.executable)
        train = f'{python} tools/train.py {config}'
        if self.gpus > 1:
            train = f'bash tools/dist_train.sh {config} {self.gpus} --auto-scale-lr'
        return (
            f'{train} --work-dir {folder} --seed {run.seed} --resume{options} && '
            f'{python} tools/test.py {config} "$(cat {folder}/last_checkpoint)" '
            f'--work-dir {folder}/test{options}'
        )


def load(config: str, options: Sequence[str]) -> Config:
    """Read a config and apply ``--cfg-options`` words.

    Raises:
        ValueError: a word is no ``key=value``.
    """
    if wrong := [word for word in options if '=' not in word]:
        raise ValueError(f'--cfg-options {wrong[0]}: wanted key=value')
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', nargs='*', action=DictAction)
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(parser.parse_args(['--options', *options]).options or {})
    _number_keys(cfg._cfg_dict)
    return cfg


def _number_keys(node: Any) -> None:
    """``map.1=2`` means class 1 of a label map, not the word "1", which MMEngine adds beside it."""
    if isinstance(node, dict):
        for key in [key for key in node if isinstance(key, str) and key.isdigit()]:
            node[int(key)] = node.pop(key)
    for part in node.values() if isinstance(node, dict) else node:
        if isinstance(part, (dict, list, tuple)):
            _number_keys(part)


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
        common = chosen.on_grounds if data in DATA else ()
        share = share_options(row.share) if row.share else ()
        words = (*common, *share, *row.options, *options)
        # By content: what two tables share is run once, and a changed config is run anew.
        cfg = load(config, words).to_dict()
        read = {key: value for key, value in cfg.items() if key in RUN_FIELDS}
        content = json.dumps((read, gpus), sort_keys=True, default=str)
        digest = hashlib.sha256(content.encode()).hexdigest()[:10]
        rows.append((row.name, config, words, digest))
    return [
        Run(
            name,
            seed,
            config,
            (*words, *place.options(seed)),
            out / data / 'runs' / digest / f'seed_{seed}',
        )
        for seed in dict.fromkeys(seeds)
        for name, config, words, digest in rows
    ]


def commit() -> str:
    """The commit that the project folder is at, with ``+`` where it was changed since."""
    try:
        words = ['git', 'describe', '--always', '--dirty=+', '--abbrev=7', '--exclude=*']
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'


def _describe(run: Run, launcher: Launcher) -> None:
    """Write ``run.json``; a resumed run keeps the commit that it began with."""
    run.work_dir.mkdir(parents=True, exist_ok=True)
    path = run.work_dir / 'run.json'
    if not path.exists():
        facts = dict(config=run.config, options=run.options, seed=run.seed, gpus=launcher.gpus)
        path.write_text(json.dumps(facts | dict(commit=commit()), indent=2))


def start(run: Run, launcher: Launcher) -> subprocess.Popen:
    """Start a run, with its output in ``output.log``, in a process group of its own."""
    _describe(run, launcher)
    with open(run.work_dir / 'output.log', 'ab') as log_file:
        return subprocess.Popen(
            launcher.command(run),
            shell=True,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def submit(run: Run, launcher: Launcher, options: str) -> bool:
    """Hand a run to SLURM, which schedules it; one that is still queued or running is left alone.

    Args:
        run: To submit.
        launcher: How it is started there.
        options: Of ``sbatch``, as on its command line.

    Returns:
        Whether it was submitted.

    Raises:
        OSError: there is no ``sbatch``, or it failed.
    """
    job = run.work_dir / 'job.txt'
    if job.is_file():
        query = ['squeue', '--noheader', f'--jobs={job.read_text()}']
        if subprocess.run(query, capture_output=True, text=True).stdout.strip():
            return False
    _describe(run, launcher)
    words = ['sbatch', '--parsable', f'--job-name={run.row}, seed {run.seed}']
    words += [f'--output={run.work_dir}/output.log', *shlex.split(options)]
    done = subprocess.run(
        [*words, f'--wrap={launcher.command(run)}'], capture_output=True, text=True
    )
    if done.returncode:
        raise OSError(f'sbatch: {done.stderr.strip()}')
    job.write_text(done.stdout.strip().split(';')[0])
    return True


def stage_seconds(work_dir: Path) -> dict[str, float]:
    """Training time of each stage before the last one, see :class:`StagedRunner`."""
    folders = sorted(work_dir.glob('stages/*'))
    return {folder.name: training_seconds(read_scalars(folder)) for folder in folders}


def last_validation(cfg: Config, rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Top-1 in [0, 1] of each network at a run's last validation.

    Empty where the validation list is the test list, whose clips choose nothing.

    Args:
        cfg: Config of the run.
        rows: From :func:`read_scalars`.
    """
    lists = (cfg.val_dataloader.dataset, cfg.test_dataloader.dataset)
    if lists[0].ann_file == lists[1].ann_file:
        return {}
    end = '/acc/top1'
    told = [row for row in rows if any(key.endswith(end) for key in row)]
    return {k.removesuffix(end): v for k, v in told[-1].items() if k.endswith(end)} if told else {}


def collect(run: Run) -> dict[str, Any] | None:
    """Read a tested run and write its ``result.json``; ``None`` where it is not tested yet."""
    if (known := run.result) is not None:
        return known
    if not (run.work_dir / 'test' / NAME).is_file():
        return None
    tested = scores_of(run.work_dir)
    rows = read_scalars(run.work_dir)
    networks = {name: accuracy(values, tested.labels) for name, values in tested.networks.items()}
    said = [row['pseudo_acc'] for row in rows if 'pseudo_acc' in row]
    cfg = load(run.config, run.options)
    result = json.loads((run.work_dir / 'run.json').read_text()) | dict(
        clips=len(tested.labels),
        top1={name: figures[0] for name, figures in networks.items()},
        mean_class={name: figures[1] for name, figures in networks.items()},
        validation=last_validation(cfg, rows),
        seconds=training_seconds(rows),
        stage_seconds=stage_seconds(run.work_dir),
        parameters=network_parameters(build_on_meta(cfg)),
        last_pseudo_acc=sum(said[-10:]) / len(said[-10:]) if said else None,
    )
    path = run.work_dir / 'result.json'
    part = path.with_suffix('.part')
    part.write_text(json.dumps(result, indent=2))
    part.replace(path)
    return result


def execute(
    runs: Sequence[Run], launcher: Launcher, interval: float = 1.0
) -> Iterator[tuple[Run, int] | None]:
    """Run what is not finished, ``launcher.jobs`` at a time; one failure stops no other run.

    Args:
        runs: To run.
        launcher: How.
        interval: Seconds between two looks at them.

    Yields:
        Each run and its exit status as it ends, and ``None`` after each look.
    """
    waiting = [run for run in runs if collect(run) is None]
    active: dict[Run, subprocess.Popen] = {}
    try:
        while waiting or active:
            while waiting and len(active) < launcher.jobs:
                run = waiting.pop(0)
                active[run] = start(run, launcher)
            for run in [run for run, process in active.items() if process.poll() is not None]:
                status = active.pop(run).returncode
                if status == 0:
                    collect(run)
                yield run, status
            yield None
            time.sleep(interval)
    finally:
        for process in active.values():
            # The shell's children too: a training that goes on would be started a second time.
            os.killpg(process.pid, signal.SIGTERM)
