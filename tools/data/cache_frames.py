"""Decode once: write the frame caches that a config names: cache_frames.py CONFIG [--workers 8].

Says how much it will write, then writes what is not there yet: frames, and the optical flow of
clips whose pipeline has OpticalFlow. Call it again when clips change.
"""

import argparse

from mmengine.config import DictAction

from sefar.commands import at_least, run_command
from sefar.config_files import read_config
from sefar.preparation.config_caches import caches_of, write_caches


def main() -> None:
    """Read the config's lists, tell the size, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config whose data sets name a cache')
    parser.add_argument('--workers', type=at_least(1), default=2, help='processes; default 2')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    args = parser.parse_args()
    cfg = read_config(args.config, ('train_dataloader',), args.cfg_options)
    wanted = caches_of([cfg])
    if not wanted:
        raise ValueError(f'{args.config}: names no cache; give its data sets cache=dict(folder=…)')
    for line in write_caches(wanted, args.workers):
        print(line, flush=True)


if __name__ == '__main__':
    run_command(main)
