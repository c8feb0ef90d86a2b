"""A pool of a million unlabelled clips: loading, memory of all workers, cost of an epoch."""

import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from mmaction.structures import ActionDataSample
from torch.utils.data import DataLoader

from sefar.datasets import RatioSampler, SemiSupervisedDataset, UnlabelledVideoDataset
from sefar.datasets.labelled_video_dataset import LabelledVideoDataset
from sefar.engine import preflight
from sefar.machine import machine

from .timing import time_calls

NAME = 'part_{folder:04d}/video_{clip:08d}_E_000123_000145_A_0012.mp4'


def benchmark_pool(clips: int, labelled: int, workers: int, repeats: int) -> dict[str, Any]:
    """Measure lists alone; no clip is opened.

    Args:
        clips: Lines of the unlabelled list.
        labelled: Lines of the labelled list, one pass over which is an epoch.
        workers: Worker processes of the data loader.
        repeats: Measured epochs.

    Returns:
        ``load_s``; ``memory_mib`` that the list adds to the main process and all workers together
        (pages that they share count once); ``epoch_ms``: the sampler's work for an epoch with
        this pool and with a pool as small as the labelled list, and their ``epoch_ratio``;
        ``machine``.

    Raises:
        ValueError: the system does not tell how much memory processes share.
    """
    if not Path('/proc/self/smaps_rollup').is_file():
        raise ValueError('/proc/self/smaps_rollup is not there; this measurement needs Linux')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = write_list(folder / 'small.txt', labelled, label=' 0')
        large = write_list(folder / 'large.txt', clips)
        base = memory_with(str(small), workers)
        start = time.perf_counter()
        pool = UnlabelledVideoDataset(str(large), [])
        load = time.perf_counter() - start
        del pool
        loaded = memory_with(str(large), workers)
        labels = LabelledVideoDataset(str(small), [])
        samplers = {
            path.stem: RatioSampler(
                SemiSupervisedDataset(labels, UnlabelledVideoDataset(str(path), [])), seed=0
            )
            for path in (small, large)
        }

    def epoch(sampler: RatioSampler) -> None:
        sampler.set_epoch(sampler.epoch + 1)
        for _ in sampler:
            pass

    timed = time_calls(
        {
            stem: lambda sampler=sampler: epoch(sampler)  # type: ignore[misc]
            for stem, sampler in samplers.items()
        },
        repeats,
    )
    milliseconds = {stem: timing['median_ms'] for stem, timing in timed.items()}
    return dict(
        machine=machine(),
        clips=clips,
        labelled=labelled,
        workers=workers,
        load_s=load,
        memory_mib=(loaded - base) / 2**20,
        epoch_ms=milliseconds,
        epoch_ratio=milliseconds['large'] / milliseconds['small'],
    )


def benchmark_checks(clips: int, labelled: int) -> dict[str, Any]:
    """Measure what is looked at before the first step, on real files, one in a hundred not there.

    Args:
        clips: Lines of the unlabelled list; as many files are made, empty but for their sizes.
        labelled: Lines of the labelled list.

    Returns:
        ``checks_s`` and ``checks_mib``, by which they raise the process's largest memory;
        ``absent``, the clips that they found missing; ``machine``.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = write_list(folder / 'small.txt', labelled, label=' 0')
        large = write_list(folder / 'large.txt', clips, first=labelled)
        for number, line in enumerate(f'{small.read_text()}{large.read_text()}'.splitlines()):
            path = folder / line.removesuffix(' 0')
            if number % 1000 == 0:
                path.parent.mkdir(exist_ok=True)
            if number < labelled or number % 100:
                path.touch()
                os.truncate(path, 10_000 + number)
        context = torch.multiprocessing.get_context('spawn')
        queue = context.Queue()
        process = context.Process(target=_check, args=(str(small), str(large), name, queue))
        process.start()
        seconds, size, said = queue.get(timeout=3600)
        process.join()
    absent = int(said.split('(')[1].split()[0])
    return dict(machine=machine(), checks_s=seconds, checks_mib=size / 2**20, absent=absent)


def _check(small: str, large: str, folder: str, queue: Any) -> None:
    from mmengine.registry import init_default_scope

    init_default_scope('mmaction')
    train = SemiSupervisedDataset(
        LabelledVideoDataset(small, [], data_root=folder),
        UnlabelledVideoDataset(large, [], data_root=folder),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    preflight.check_files(train.labelled)
    said = preflight.check_files(train.unlabelled)
    preflight.check_overlap(train, [])
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    queue.put((seconds, (after - before) * 1024, said))


def write_list(path: Path, clips: int, label: str = '', first: int = 0) -> Path:
    """Write a clip list with names as long as FineGym's."""
    with path.open('w') as file:
        for clip in range(first, first + clips):
            file.write(NAME.format(folder=clip // 1000, clip=clip) + label + '\n')
    return path


def memory_with(list_file: str, workers: int) -> int:
    """Bytes of a fresh process that reads a list and of its workers, after an epoch's reading."""
    context = torch.multiprocessing.get_context('spawn')
    queue = context.Queue()
    process = context.Process(target=_read_by_workers, args=(list_file, workers, queue))
    process.start()
    memory = queue.get(timeout=600)
    process.join()
    return memory


def _read_by_workers(list_file: str, num_workers: int, queue: Any) -> None:
    from mmengine.registry import init_default_scope

    init_default_scope('mmaction')
    dataset = UnlabelledVideoDataset(list_file, [_Touch()])
    order = torch.randperm(len(dataset))[:20_000].tolist()
    loader: DataLoader = DataLoader(
        dataset,
        sampler=order,
        batch_size=100,
        num_workers=num_workers,
        collate_fn=len,
        persistent_workers=True,  # still there when memory is read
        multiprocessing_context='fork',  # MMEngine's default
    )
    for _ in loader:
        pass
    workers = [str(child.pid) for child in multiprocessing.active_children()]
    queue.put(sum(proportional_memory(process) for process in ['self', *workers]))


def proportional_memory(process: str) -> int:
    """Bytes of a process, each shared page divided by the number of its users (Linux)."""
    rollup = Path(f'/proc/{process}/smaps_rollup').read_text()
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if 'Pss:' in line)


class _Touch:
    """Stands for a pipeline: gives back a sample without opening the clip."""

    def __call__(self, results: dict) -> dict:
        return dict(data_samples=ActionDataSample(), path=results['filename'])
