"""Planning, launching and collecting of runs; the training itself is ``tools/train.py``."""

import hashlib
import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sefar.analysis.report import accuracy, read_scalars, read_scores, training_seconds

from .tables import DATA, TABLES, Data, rate_options


class RunError(RuntimeError):
    """A folder holds a run that was made otherwise."""


class Run(NamedTuple):
    """One training and its test.

    Attributes:
        row: Name of the row.
        seed: Seed.
        config: Config file.
        options: ``--cfg-options`` words.
        work_dir: Its folder: MMEngine's files, ``scores.pkl``, ``run.json``, ``result.json``.
    """

    row: str
    seed: int
    config: str
    options: tuple[str, ...]
    work_dir: Path

    @property
    def spec(self) -> dict[str, Any]:
        """What makes the run what it is."""
        return dict(config=self.config, options=list(self.options), seed=self.seed)

    @property
    def result(self) -> dict[str, Any] | None:
        """What came out, or ``None`` where it is not finished.

        Raises:
            RunError: the folder holds a run of another config, other options or another seed.
        """
        spec = self.work_dir / 'run.json'
        if spec.is_file():
            found = {key: json.loads(spec.read_text())[key] for key in self.spec}
            if found != self.spec:
                raise RunError(f'{spec}: holds {found}, wanted {self.spec}; take another --out')
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
        sbatch: Options of ``sbatch`` where runs go to a cluster; it schedules, we do not.
        jobs: Runs at a time on this machine.
    """

    gpus: int = 1
    sbatch: str | None = None
    jobs: int = 1

    def command(self, run: Run) -> str:
        """The shell command of a run: train (or resume), then test the last checkpoint."""
        folder, config = shlex.quote(str(run.work_dir)), shlex.quote(run.config)
        options = f' --cfg-options {shlex.join(run.options)}' if run.options else ''
        train, test = f'python tools/train.py {config}', f'python tools/test.py {config}'
        if self.gpus > 1:
            train = f'bash tools/dist_train.sh {config} {self.gpus}'
        checkpoint = f'"$(cat {folder}/last_checkpoint)"'
        return (
            f'{train} --work-dir {folder} --seed {run.seed} --resume{options} && '
            f'{test} {checkpoint} --work-dir {folder}/test --dump {folder}/scores.pkl{options}'
        )


def plan(
    table: str, data: str, seeds: Sequence[int], out: Path, options: Sequence[str] = ()
) -> list[Run]:
    """The runs of a table, seed by seed, so that a whole table is there after the first seed.

    Args:
        table: Key of ``TABLES``.
        data: Key of ``DATA``, or the name of a config after ``sefar_``.
        seeds: Seeds.
        out: Folder of all experiments.
        options: Further ``--cfg-options`` words for all runs.

    Raises:
        FileNotFoundError: there is no such config.
    """
    place = DATA.get(data, Data(data))
    config = f'configs/sefar/sefar_{place.config}.py'
    if not Path(config).is_file():
        raise FileNotFoundError(
            f'{config}: no such config; --data is one of {", ".join(DATA)} or the name of a config '
            'after sefar_, such as s_gym99_5p; run from the project folder'
        )
    runs = []
    for seed in seeds:
        for row in TABLES[table].rows:
            words = (*(rate_options(place, row.rate) if row.rate else ()), *row.options, *options)
            # By content: what two tables share is run once.
            digest = hashlib.sha256(json.dumps((config, words)).encode()).hexdigest()[:10]
            folder = out / data / 'runs' / digest / f'seed_{seed}'
            runs.append(Run(row.name, seed, config, words, folder))
    return runs


def commit() -> str:
    """The commit that the project folder is at, with ``+`` where it was changed since."""
    try:
        words = ['git', 'describe', '--always', '--dirty=+', '--abbrev=7', '--exclude=*']
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'


def start(run: Run, launcher: Launcher) -> subprocess.Popen:
    """Start a run, with its output in ``output.log``; ``sbatch`` returns at once."""
    run.work_dir.mkdir(parents=True, exist_ok=True)
    spec = run.work_dir / 'run.json'
    if not spec.exists():
        spec.write_text(json.dumps(run.spec | dict(commit=commit()), indent=2))
    command = launcher.command(run)
    if launcher.sbatch is not None:
        name = f'--job-name={run.row}, seed {run.seed}'
        log = f'--output={run.work_dir}/output.log'
        command = shlex.join(
            ['sbatch', name, log, *shlex.split(launcher.sbatch), f'--wrap={command}']
        )
        return subprocess.Popen(command, shell=True)
    with open(run.work_dir / 'output.log', 'ab') as log_file:
        return subprocess.Popen(command, shell=True, stdout=log_file, stderr=subprocess.STDOUT)


def collect(run: Run) -> dict[str, Any] | None:
    """Read a tested run and write its ``result.json``; ``None`` where it is not tested yet."""
    if (known := run.result) is not None:
        return known
    if not (run.work_dir / 'scores.pkl').is_file():
        return None
    scores, labels = read_scores(run.work_dir / 'scores.pkl')
    rows = read_scalars(run.work_dir)
    branches = {name: accuracy(values, labels) for name, values in scores.items()}
    said = [row['pseudo_acc'] for row in rows if 'pseudo_acc' in row]
    result = json.loads((run.work_dir / 'run.json').read_text()) | dict(
        clips=len(labels),
        top1={name: figures[0] for name, figures in branches.items()},
        mean_class={name: figures[1] for name, figures in branches.items()},
        seconds=training_seconds(rows),
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
            process.terminate()
