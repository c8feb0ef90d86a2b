"""Decode once: write the frame caches that a config names: cache_frames.py CONFIG [--workers 8].

Says how much it will write, then writes what is not there yet: frames, and the optical flow of
clips whose pipeline has OpticalFlow. Call it again when clips change.
"""

import argparse
from collections import defaultdict
from pathlib import Path

from mmaction.registry import DATASETS
from mmengine.config import DictAction
from mmengine.registry import init_default_scope

from sefar.commands import at_least, run_command
from sefar.config_files import read_config
from sefar.datasets.clip_parts import part_of
from sefar.datasets.transforms import OpticalFlow
from sefar.engine.staged_runner import stages_of
from sefar.preparation.cache_frames import cache_frames, check_room, measure


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
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    wanted: dict[tuple, dict[str, bool]] = defaultdict(dict)
    kinds = ('train_dataloader', 'val_dataloader', 'test_dataloader')
    loaders = [stage.get(kind) for stage in stages_of(cfg) for kind in kinds]
    for loader in filter(None, loaders):
        if not (cache := loader.dataset.pop('cache', None)):
            continue
        dataset = DATASETS.build(loader.dataset)
        for part in getattr(dataset, 'datasets', [dataset]):
            clips = wanted[cache['folder'], cache.get('short_side'), cache.get('fps')]
            flow = any(isinstance(step, OpticalFlow) for step in part.pipeline.transforms)
            for clip in part.data_list:
                file = part_of(clip['filename']).file
                clips[file] = clips.get(file, False) or flow
    if not wanted:
        raise ValueError(f'{args.config}: names no cache; give its data sets cache=dict(folder=…)')
    for (folder, short_side, fps), clips in wanted.items():
        flow = {clip for clip, wants_flow in clips.items() if wants_flow}
        size = measure(list(clips), short_side, fps, args.workers, flow)
        print(
            f'{folder}: {size.clips} clips, {size.frames} frames, {size.bytes / 2**30:.2f} GiB',
            flush=True,
        )
        check_room(size, Path(folder), list(clips))
        problems = cache_frames(list(clips), Path(folder), short_side, fps, args.workers, flow)
        for clip, problem in problems.items():
            print(f'{clip}: cannot be decoded: {problem}')


if __name__ == '__main__':
    run_command(main)
