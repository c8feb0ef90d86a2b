"""Parameters and FLOPs of a config: python tools/model_info.py CONFIG [--json]."""

import argparse
import json

from mmengine.config import DictAction
from rich.table import Table

from sefar.analysis.complexity import describe
from sefar.commands import run_command, show_table
from sefar.config_files import read_config


def main() -> int:
    """Parse the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('--json', action='store_true', help='print JSON instead of a table')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    args = parser.parse_args()
    cfg = read_config(args.config, options=args.cfg_options)
    info = describe(cfg)
    if args.json:
        print(json.dumps(info, indent=2))
        return 0
    table = Table('figure', 'value', title=args.config)
    for name, value in info.items():
        table.add_row(name, f'{value:,.4g}' if isinstance(value, float) else f'{value}')
    show_table(table)
    return 0


if __name__ == '__main__':
    run_command(main)
