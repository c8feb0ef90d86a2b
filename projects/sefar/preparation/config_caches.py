"""Frame caches that configs name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from sefar.datasets.clip_parts import part_of
from sefar.datasets.transforms import OpticalFlow
from sefar.engine.staged_runner import stages_of

from .cache_frames import cache_frames, check_room, is_complete, measure


class Cache(NamedTuple):
    """A cache, see :class:`sefar.datasets.frame_cache.FrameCache`."""

    folder: str
    short_side: int | None
    fps: float | None


Clips = Mapping[Cache, Mapping[str, bool]]
"""Files of each cache, and whether their optical flow is kept as well."""


def caches_of(configs: Iterable[Config]) -> Clips:
    """What the data sets of configs and of their stages want to find in caches.

    Raises:
        OSError, ValueError: of a list that is missing or wrong.
    """
    wanted: dict[Cache, dict[str, bool]] = defaultdict(dict)
    kinds = ('train_dataloader', 'val_dataloader', 'test_dataloader')
    for cfg in configs:
        init_default_scope(cfg.get('default_scope', 'mmaction'))
        loaders = [stage.get(kind) for stage in stages_of(cfg) for kind in kinds]
        for loader in filter(None, loaders):
            described = loader.dataset.copy()
            cache = described.pop('cache', None)
            dataset = DATASETS.build(described)  # without a cache too: its lists may be missing
            for part in getattr(dataset, 'datasets', [dataset]) if cache else ():
                clips = wanted[Cache(cache['folder'], cache.get('short_side'), cache.get('fps'))]
                flow = any(isinstance(step, OpticalFlow) for step in part.pipeline.transforms)
                for clip in part.data_list:
                    file = part_of(clip['filename']).file
                    clips[file] = clips.get(file, False) or flow
    return wanted


def missing(wanted: Clips) -> Clips:
    """Those of the caches that do not hold all that is wanted of them."""
    return {
        cache: clips
        for cache, clips in wanted.items()
        if not is_complete(clips, Path(cache.folder), cache.short_side, cache.fps)
    }


def write_caches(wanted: Clips, workers: int) -> Iterator[str]:
    """Write caches, or bring them up to date; says how much each will take, and what failed.

    Args:
        wanted: Of :func:`caches_of`.
        workers: Processes.

    Yields:
        Lines for the user.

    Raises:
        ValueError, OSError: see :func:`measure`, :func:`check_room` and :func:`cache_frames`.
    """
    for (folder, short_side, fps), wants_flow in wanted.items():
        clips, flow = list(wants_flow), {clip for clip in wants_flow if wants_flow[clip]}
        size = measure(clips, short_side, fps, workers, flow)
        yield f'{folder}: {size.clips} clips, {size.frames} frames, {size.bytes / 2**30:.2f} GiB'
        check_room(size, Path(folder), clips)
        problems = cache_frames(clips, Path(folder), short_side, fps, workers, flow)
        for clip, problem in problems.items():
            yield f'{clip}: cannot be decoded: {problem}'
