"""Bad input for every command, and what comes of it: tools/drill.py [--quick].

Makes its inputs, runs each with a limit in a process of its own, and prints one table. Exits with 1
where something ran code, hung, or passed silently, or where fewer than 95 % end in one clear line.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from sefar.commands import at_least, run_command
from sefar.drill.cases import cases
from sefar.drill.outcome import HANDLED, HUNG, KINDS, ONE_LINE, RAN_CODE, SILENT
from sefar.drill.trial import Result, train_world, try_case
from sefar.drill.world import make_world
from sefar.whole_file import whole_file

PROJECT = Path(__file__).parents[1]
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
    parser.add_argument('--only', default='', metavar='REGEX', help='cases of such a name')
    args = parser.parse_args()
    out = args.out.resolve()
    world = make_world(out / 'world', PROJECT)
    train_world(world)
    found = [case for case in cases() if re.search(args.only, f'{case.command}: {case.name}')]
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
    console = Console()
    for number, result in enumerate(results):
        if result.kind not in (HANDLED, ONE_LINE):
            lines = (result.ended.err or result.ended.out).strip().splitlines() or ['']
            case = f'{result.case.command}: {result.case.name}'
            console.print(f'{result.kind:18s} case_{number:03d} {case}\n    {lines[-1][:300]}')
    console.print(table)
    good = kinds[HANDLED] + kinds[ONE_LINE]
    print(f'{out}/drill.json: {good} of {len(results)} handled or one clear line')
    bad = kinds[RAN_CODE] + kinds[HUNG] + kinds[SILENT]
    return int(bool(bad) or good < 0.95 * len(results))


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
