"""Decoding and augmentation of unlabelled clips on one core."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import mmcv
import numpy as np
import torch
from mmaction.datasets.transforms import RandomCrop, RandomRescale
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from sefar.datasets.clip_list_dataset import from_cache
from sefar.datasets.clip_lists import read_clip_list
from sefar.datasets.clip_parts import part_of
from sefar.datasets.named_steps import steps_of
from sefar.datasets.transforms import DualLevelSampleFrames, OpticalFlow, SplitViews
from sefar.datasets.transforms.functional import segment_frames
from sefar.machine import machine
from sefar.preparation.cache_frames import cache_frames

from .decoders import installed, seek_by_opencv
from .timing import time_calls


@contextmanager
def one_core() -> Iterator[None]:
    """Keep OpenCV and torch to one thread inside."""
    threads = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads[0])
        torch.set_num_threads(threads[1])


def released_views(path: str, frames: int, size: int, scales: tuple[int, int]) -> list[np.ndarray]:
    """Weak and strong view as the released code reads them.

    Each view opens the clip again, seeks every frame, resizes it to 480 pixels, then to the drawn
    scale, crops and turns it to float32.
    """
    views = []
    for _ in range(2):
        clip = seek_by_opencv(
            path, lambda n: segment_frames(n, np.random.random_sample(frames)).tolist()
        )
        images = list(clip)
        scale = np.random.randint(scales[0], scales[1] + 1)
        for side in (480, scale):
            images = [mmcv.imrescale(image, (np.inf, side)) for image in images]
        top, left = (np.random.randint(side - size + 1) for side in images[0].shape[:2])
        crops = [image[top : top + size, left : left + size] for image in images]
        views.append(np.stack(crops).astype(np.float32) / 255)
    return views


def clips_to_read(cfg: Config, list_file: Path | None, number: int = 20) -> list[str]:
    """Paths of a list's clips or, without one, of ``number`` of the config's unlabelled ones.

    Raises:
        FileNotFoundError: a clip is not there.
    """
    if list_file is None:
        dataset = DATASETS.build(dict(cfg.train_dataloader.dataset, cache=None))
        pool = dataset.datasets[-1].data_list
        spaced = pool[:: max(1, len(pool) // number)][:number]
        paths = [part_of(clip['filename']).file for clip in spaced]
    else:
        entries = read_clip_list(str(list_file), labels_required=False)
        paths = [str(list_file.parent / entry.path) for entry in entries]
    for path in paths:
        if not Path(path).is_file():
            raise FileNotFoundError(f'{list_file or "unlabelled clips"}: {path} is not there')
    return paths


def benchmark_data(
    cfg: Config, list_file: Path | None, repeats: int, cache: bool = False
) -> dict[str, Any]:
    """Time the unlabelled pipeline of a config on real clips.

    Args:
        cfg: A semi-supervised config.
        list_file: Clips to read (:func:`clips_to_read`).
        repeats: Passes over the list.
        cache: Read the clips from a frame cache too, of the largest short side that a view takes.

    Returns:
        Milliseconds of a core for a clip's two views: ``ours_ms`` and ``released_ms``
        (:func:`released_views`), their ``ratio``; with a cache ``cached_ms`` and
        ``cached_ratio`` to the released way; ``parts_ms`` of ours by transform;
        ``decoders_ms`` for reading one clip's frames; ``largest_difference`` of the decoders' mean
        pixel from decord's, of 255; ``clips``, ``machine``.

    Raises:
        ValueError: the config has no unlabelled pipeline.
        FileNotFoundError: a clip is not there.
    """
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    unlabelled = cfg.train_dataloader.dataset.get('unlabelled')
    if unlabelled is None:
        raise ValueError('it has no unlabelled clips; give a semi-supervised config')
    paths = clips_to_read(cfg, list_file)
    steps = [TRANSFORMS.build(step) for step in steps_of(unlabelled.pipeline)]
    sample = next(step for step in steps if isinstance(step, DualLevelSampleFrames))
    split = next(step for step in steps if isinstance(step, SplitViews))
    spatial = {type(t): t for t in next(iter(split.pipelines.values())).transforms}
    size = spatial[RandomCrop].size
    scales = spatial[RandomRescale].scale_range
    parts: dict[str, float] = defaultdict(float)

    def ours() -> None:
        np.random.seed(0)
        for path in paths:
            results = dict(filename=path, label=-1, start_index=0, modality='RGB')
            for step in steps:
                start = time.process_time()
                results = step(results)
                name = 'both views' if isinstance(step, SplitViews) else type(step).__name__
                parts[name] += time.process_time() - start

    def read_cache(steps: list) -> None:
        np.random.seed(0)
        for path in paths:
            results = dict(filename=path, label=-1, start_index=0, modality='RGB')
            for step in steps:
                results = step(results)

    def released() -> None:
        np.random.seed(0)
        for path in paths:
            released_views(path, sum(sample.elements), size, scales)

    calls = dict(ours=ours, released=released)
    with TemporaryDirectory() as folder, one_core():
        if cache:
            where = dict(folder=f'{folder}/frames', short_side=scales[1])
            kept = paths if any(isinstance(step, OpticalFlow) for step in steps) else ()
            cache_frames(paths, Path(where['folder']), scales[1], workers=1, flow=kept)
            cached_steps = from_cache(steps_of(unlabelled.pipeline), **where)
            calls['cached'] = partial(read_cache, [TRANSFORMS.build(s) for s in cached_steps])
        timed = time_calls(calls, repeats, warmup=1, clock=time.process_time)
        decoders, difference = compare_decoders(paths, sum(sample.elements), repeats)
    per_clip = {name: timing['median_ms'] / len(paths) for name, timing in timed.items()}
    passes = repeats + 1
    figures = {}
    if cache:
        ratio = per_clip['released'] / per_clip['cached']
        figures = dict(cached_ms=per_clip['cached'], cached_ratio=ratio)
    return dict(
        machine=machine(),
        **figures,
        clips=len(paths),
        repeats=repeats,
        ours_ms=per_clip['ours'],
        released_ms=per_clip['released'],
        ratio=per_clip['released'] / per_clip['ours'],
        parts_ms={name: 1e3 * spent / passes / len(paths) for name, spent in parts.items()},
        decoders_ms=decoders,
        largest_difference=difference,
    )


def compare_decoders(
    paths: Sequence[str], frames: int, repeats: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Time all decoders on the union of two views' frames, and compare what they read."""

    def choose(number: int) -> list[int]:
        rng = np.random.default_rng(number)
        drawn = segment_frames(number, rng.random((2, frames)))
        return np.unique(drawn).tolist()

    readers = installed()
    difference: dict[str, float] = defaultdict(float)
    for path in paths:
        images = {name: read(path, choose) for name, read in readers.items()}
        for name, image in images.items():
            if image.shape == images['decord'].shape:
                gap = np.abs(image.astype(np.float32) - images['decord']).mean()
            else:
                gap = np.inf  # another number of frames, or a rotation that only one applies
            difference[name] = max(difference[name], float(gap))
    timed = time_calls(
        {
            name: lambda read=read: [read(path, choose) for path in paths]
            for name, read in readers.items()
        },
        repeats,
        warmup=0,
        clock=time.process_time,
    )
    milliseconds = {name: timing['median_ms'] / len(paths) for name, timing in timed.items()}
    return milliseconds, dict(difference)
