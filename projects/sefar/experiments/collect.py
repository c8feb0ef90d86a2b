"""What came out of a run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from sefar.analysis.report import accuracy, read_scalars, scores_of, training_seconds
from sefar.evaluation.score_file import NAME
from sefar.whole_file import whole_file

from .cost import cost_of
from .plan import Run, facts_of, load


def stage_seconds(work_dir: Path) -> dict[str, float]:
    """Training time of each stage before the last one, see :class:`StagedRunner`."""
    folders = sorted(work_dir.glob('stages/*'))
    return {folder.name: training_seconds(read_scalars(folder)) for folder in folders}


def last_validation(cfg: Config, rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Top-1 in [0, 1] of each network at a run's last validation.

    Empty without a validation list, or where it is the test list, whose clips choose nothing.

    Args:
        cfg: Config of the run.
        rows: From :func:`read_scalars`.
    """
    validation, test = (cfg.get(f'{name}_dataloader') for name in ('val', 'test'))
    if not validation or validation.dataset.ann_file == test.dataset.ann_file:
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
    said_by = run.work_dir / 'run.json'  # not there where its command was given by hand
    facts = json.loads(said_by.read_text()) if said_by.is_file() else facts_of(run)
    cost = cost_of(cfg, run.gpus)
    result = facts | dict(
        clips=len(tested.labels),
        top1={name: figures[0] for name, figures in networks.items()},
        mean_class={name: figures[1] for name, figures in networks.items()},
        validation=last_validation(cfg, rows),
        seconds=training_seconds(rows),
        stage_seconds=stage_seconds(run.work_dir),
        parameters=cost.parameters,
        petaflops=cost.petaflops,
        last_pseudo_acc=sum(said[-10:]) / len(said[-10:]) if said else None,
    )
    with whole_file(run.work_dir / 'result.json') as file:
        file.write(json.dumps(result, indent=2))
    return result
