"""Bad input for every command, and what comes of it: tools/drill.py [--quick].

Makes its inputs, runs each with a limit in a process of its own, and prints one table. Then kills
trainings at random points, of 0 and 2 workers and of one and two ranks, and compares what they come
to when they go on with what comes of trainings that nobody interrupts.

Exits with 1 where something ran code, hung, passed silently or was lost, or where fewer than 95 %
end in one clear line.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.table import Table
from tqdm import tqdm

from sefar.commands import at_least, run_command, show_table
from sefar.drill.cases import cases
from sefar.drill.kills import LONG, Kill, kill_trainings
from sefar.drill.long_run import train_long
from sefar.drill.outcome import HANDLED, HUNG, KINDS, ONE_LINE, RAN_CODE, SILENT
from sefar.drill.trial import Result, train_world, try_case
from sefar.drill.world import World, make_world
from sefar.whole_file import whole_file

PROJECT = Path(__file__).parents[1]
KILLS = 20
QUICK = 8
"""Every eighth case is tried in the quick drill."""


def main() -> int:
    """Try every case and say what became of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, default=Path('work_dirs/drill'), help='folder')
    parser.add_argument('--quick', action='store_true', help=f'every {QUICK}th case')
    parser.add_argument('--jobs', type=at_least(1), default=1, help='cases at a time; default 1')
    parser.add_argument('--only', metavar='REGEX', help='cases of such a name, and no kills')
    parser.add_argument(
        '--long',
        action='store_true',
        help='train for 2,000 steps, watched, and 500 on two ranks, killed; no more',
    )
    args = parser.parse_args()
    out = args.out.resolve()
    world = make_world(out / 'world', PROJECT)
    train_world(world)
    if args.long:
        return show_long(world, out)
    found = [c for c in cases() if args.only is None or re.search(args.only, c.title)]
    if args.quick:
        found = found[::QUICK]
    results = []
    folders = [out / f'world/case_{number:03d}' for number in range(len(found))]
    with ThreadPoolExecutor(args.jobs) as pool:
        tried = pool.map(lambda case, folder: try_case(case, world, folder), found, folders)
        for result in tqdm(tried, total=len(found), unit='case'):
            results.append(result)
            keep(results, out / 'drill.json')
    kinds = Counter(result.kind for result in results)
    table = Table('command', 'tried', *KINDS)
    for command in sorted({case.command for case in found}):
        own = Counter(r.kind for r in results if r.case.command == command)
        table.add_row(command, str(own.total()), *(str(own[kind] or '') for kind in KINDS))
    table.add_row('all', str(kinds.total()), *(str(kinds[kind]) for kind in KINDS))
    for number, result in enumerate(results):
        if result.kind not in (HANDLED, ONE_LINE):
            lines = (result.ended.err or result.ended.out).strip().splitlines() or ['']
            print(f'{result.kind:18s} case_{number:03d} {result.case.title}\n    {lines[-1][:300]}')
    show_table(table)
    good = kinds[HANDLED] + kinds[ONE_LINE]
    kills = 0 if args.only is not None else 1 if args.quick else KILLS
    lost = show_kills(kill_trainings(world, out / 'world', kills), kills)
    print(f'{out}/drill.json: {good} of {len(results)} handled or one clear line')
    bad = kinds[RAN_CODE] + kinds[HUNG] + kinds[SILENT] + lost
    return int(bool(bad) or good < 0.95 * len(results))


def show_kills(kills: Iterator[Kill], number: int) -> int:
    """Kill, print a table, and return how many trainings lost something."""
    table = Table('workers', 'ranks', 'killed', 'after s', 'stopped s', 'epochs', 'differing')
    lost = 0
    for kill in tqdm(kills, total=number, unit='kill', disable=not number):
        lost += not kill.passed
        table.add_row(
            *(str(kill.workers), str(kill.ranks), 'all' if kill.whole else 'a rank'),
            *(f'{kill.after:.2f}', f'{kill.stopped:.2f}', str(kill.epochs)),
            kill.problem or str(kill.differing),
        )
    if number:
        show_table(table)
        print(f'{number - lost} of {number} killed trainings came to the same, to the bit')
    return lost


def show_long(world: World, out: Path) -> int:
    """Train for 2,000 steps, and for 500 on two ranks killed on the way.

    Returns 1 where memory has grown by more than 2 %, or the killed one comes to something else.
    """
    run = train_long(world, out / 'world/long')
    print(
        f'memory of all processes: {run.early:.1f} MiB after 200 steps, {run.late:.1f} after 1,800 '
        f'({100 * run.grows:+.1f} %)\ncheckpoints: {run.checkpoint_early / 2**20:.2f} and '
        f'{run.checkpoint_late / 2**20:.2f} MiB; console: {run.log / 2**10:.1f} KiB an epoch'
    )
    kills = kill_trainings(world, out / 'world/long_ranks', 1, ways=[(2, 2)], options=LONG)
    lost = show_kills(kills, 1)
    return int(run.grows > 0.02 or lost > 0)


def keep(results: Sequence[Result], path: Path) -> None:
    """Write what is known so far."""
    rows = [
        dict(command=r.case.command, name=r.case.name, kind=r.kind, said=r.ended.err[-2000:])
        for r in results
    ]
    with whole_file(path) as file:
        json.dump(rows, file, indent=1)


if __name__ == '__main__':
    run_command(main)
