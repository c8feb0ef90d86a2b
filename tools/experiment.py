"""Make a table or figure of the paper: tools/experiment.py table3 --data synthgym --seeds 0 1 2.

Several grounds after --data give a table each; their runs take turns on this machine.
Plans the runs, decodes what their configs want to find in frame caches, skips finished runs,
resumes broken ones, and writes one result.json a run and the table as Markdown, CSV and PNG. Call
it again for more seeds or after a failure. Tables share runs: one that another table has finished
is not run again. --list shows the tables.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from tqdm import tqdm

from sefar.commands import at_least, run_command, show_table
from sefar.config_names import check_config
from sefar.experiments import TABLES, Launcher, Run, plan
from sefar.experiments.collect import collect
from sefar.experiments.cost import Cost, cost_of
from sefar.experiments.launch import execute, submit
from sefar.experiments.plan import epochs_of, load
from sefar.experiments.render import gather, write_table
from sefar.experiments.tables import table_for
from sefar.preparation.config_caches import caches_of, missing, write_caches


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('table', nargs='?', choices=TABLES, metavar='TABLE', help='see --list')
    parser.add_argument('--list', action='store_true', help='show the tables and their rows')
    parser.add_argument(
        '--data',
        nargs='+',
        action='extend',
        help='one or more of synthgym, mocap_gestures, s_gym99_5p, …',
    )
    parser.add_argument(
        '--rows', nargs='+', action='extend', help='run these rows alone; the table shows all'
    )
    parser.add_argument(
        '--seeds', type=at_least(0), nargs='+', action='extend', help='seeds; default 0 1 2'
    )
    parser.add_argument(
        '--jobs', type=at_least(1), default=1, help='runs at a time on this machine'
    )
    parser.add_argument('--gpus', type=at_least(1), default=1, help='GPUs a run (torchrun above 1)')
    parser.add_argument('--sbatch', help='submit each run to SLURM with these options of sbatch')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/experiments'), help='folder')
    parser.add_argument(
        '--cfg-options', nargs='+', action='extend', default=[], help='key=value for every run'
    )
    parser.add_argument(
        '--dry-run', action='store_true', help='print commands and cost, run nothing'
    )
    args = parser.parse_args()
    args.data, args.seeds = args.data or ['synthgym'], args.seeds or [0, 1, 2]
    for word in args.cfg_options:
        if word.startswith(('randomness.seed=', 'work_dir=')):
            parser.error(f'--cfg-options {word}: each run has its own; use --seeds and --out')
    if args.table is None and not args.list:
        parser.error('name a table, or --list')
    if args.jobs > 1 and (args.gpus > 1 or args.sbatch is not None):
        parser.error(
            '--jobs is for runs of one process on this machine; drop it or --gpus, --sbatch'
        )
    return args


def show_tables() -> None:
    """Print the tables and their rows."""
    console = Console()
    for name, table in TABLES.items():
        console.print(f'[bold]{name}[/]  {table.title}')
        for row in table.rows:
            console.print(f'    {row.name}', markup=False, highlight=False)


def show_plan(runs: list[Run], launcher: Launcher) -> None:
    """Print each run's command and what all of them cost."""
    table = Table(
        Column('data', overflow='fold'),
        *('row', 'seed', 'state', 'clips', 'epochs', 'GFLOPs a clip', 'PFLOPs'),
        title='Cost',
    )
    total = 0.0
    costs: dict[tuple[str, tuple[str, ...]], Cost | str] = {}
    for run in runs:
        cfg = load(run.config, run.options)
        key = run.config, run.options
        if key not in costs:
            try:
                costs[key] = cost_of(cfg, launcher.gpus)
            except ValueError as error:
                costs[key] = f'cannot be built: {error}'
        cost = costs[key]
        if isinstance(cost, str):
            table.add_row(run.data, run.row, str(run.seed), cost)
            continue
        done = run.result is not None
        total += 0 if done else cost.petaflops
        state = 'finished' if done else f'{run.epochs_done()} epochs done'
        figures = f'{cost.forward_gflops:.3g}', f'{cost.petaflops:.3g}'
        ran = str(run.seed), state, str(cost.clips), str(epochs_of(cfg))
        table.add_row(run.data, run.row, *ran, *figures)
    for run in runs:
        print(launcher.command(run))
    show_table(table)
    print(f'to run: {total:.3g} PFLOPs of network; decoding comes on top')


def prepare(runs: list[Run], workers: int) -> None:
    """Check the configs of runs that are not finished; write what their frame caches lack.

    Raises:
        OSError, ValueError: an option is none of a row's, or a ground's lists are not there.
    """
    configs = []
    for run in {(run.config, run.options): run for run in runs if collect(run) is None}.values():
        configs.append(load(run.config, run.options))
        try:
            check_config(configs[-1].to_dict())
        except ValueError as error:
            raise ValueError(f'{run.data}, {run.row}: {error}') from None
    try:
        wanted = missing(caches_of(configs))
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{error}, or make it, see docs/experiments.md') from None
    for line in write_caches(wanted, workers):
        print(line, flush=True)


def train(runs: list[Run], launcher: Launcher) -> list[Run]:
    """Run all that is not finished, with a bar in epochs; returns the runs that failed."""
    todo = [run for run in runs if collect(run) is None]
    failed = []
    done = 0
    # What an earlier call has done is `initial`, so that it does not count as speed.
    before = sum(run.epochs_done() for run in todo)
    total = sum(epochs_of(load(run.config, run.options)) for run in todo)
    with tqdm(total=total, initial=before, unit='epoch', desc='runs', disable=not todo) as bar:
        for ended in execute(todo, launcher):
            if ended is not None:
                run, status = ended
                done += 1
                if status:
                    failed.append(run)
                    named = f'{run.data}, {run.row}, seed {run.seed}'
                    tqdm.write(f'failed: {named}: {run.work_dir}/output.log')
            bar.set_postfix_str(f'{done}/{len(todo)} runs, {len(failed)} failed', refresh=False)
            bar.n = sum(run.epochs_done() for run in todo)
            bar.refresh()
    return failed


def report(name: str, data: str, runs: list[Run], out: Path) -> None:
    """Write the table of the finished runs of one ground, and print it."""
    results = defaultdict(list)
    for run in runs:
        if (result := collect(run)) is not None:
            results[run.row].append(result)
    if not results:
        return
    table, _ = table_for(name, data)
    found = [result for rows in results.values() for result in rows]
    footnote = [data]
    for key, called in (('seed', 'seeds '), ('commit', 'commit '), ('machine', '')):
        # SLURM's runs do not say their machine, nor do those of before it was written down.
        told = sorted({str(result[key]) for result in found if key in result})
        footnote += [called + ', '.join(told)] if told else []
    stem = out / data / name
    print(write_table(table, gather(table, results), stem, ', '.join(footnote)))
    print(f'{stem}.md, .csv, .png')


def main() -> int:
    """Plan, run and write the tables."""
    args = parse_args()
    if args.list:
        show_tables()
        return 0
    launcher = Launcher(args.gpus, args.jobs)
    failed: list[Run] = []
    for data in args.data:
        known = {row.name for row in table_for(args.table, data)[0].rows}
        if unknown := sorted({*(args.rows or ())} - known):
            raise ValueError(
                f'--rows {unknown[0]}: {args.table} of {data} has {", ".join(sorted(known))}'
            )
    planned = {
        data: plan(args.table, data, args.seeds, args.out, args.cfg_options, args.gpus)
        for data in args.data
    }
    runs = [run for of_data in planned.values() for run in of_data]
    chosen = [run for run in runs if args.rows is None or run.row in args.rows]
    # Seed by seed, so that a whole table of every ground is there after the first one.
    chosen.sort(key=lambda run: args.seeds.index(run.seed))
    if args.dry_run:
        show_plan(chosen, launcher)
        return 0
    prepare(chosen, max(2, args.jobs))
    if args.sbatch is None:
        failed = train(chosen, launcher)
    else:
        waiting = [run for run in chosen if collect(run) is None]
        sent = sum(submit(run, launcher, args.sbatch) for run in waiting)
        print(f'{sent} runs submitted; {len(waiting) - sent} are queued or running already')
    for data, of_data in planned.items():
        report(args.table, data, of_data, args.out)
    missing = sum(run.result is None for run in runs)
    if missing:
        print(f'{missing} of {len(runs)} runs are not finished', file=sys.stderr)
    return int(bool(failed))


if __name__ == '__main__':
    run_command(main)
