"""Work on many files, shared out to processes."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tqdm import tqdm


def in_parallel(function: Callable, items: Iterable[Any], workers: int, name: str) -> Iterator[Any]:
    """Yield ``function(item)`` of each item in order, under a progress bar.

    The processes come from a server that was started clean: a copy of a process in which decoders
    or OpenCV already hold threads can wait for ever for a lock that no thread is left to open.

    Args:
        function: Of a module, so that it can be sent.
        items: Its arguments.
        workers: Processes; one works here, in this process.
        name: Of the progress bar.
    """
    items = list(items)
    bar: Any = tqdm(total=len(items), desc=name, unit='clip', disable=not items)
    with bar:
        if workers == 1 or len(items) < 2:
            for item in items:
                yield function(item)
                bar.update()
            return
        context = multiprocessing.get_context('forkserver')
        context.set_forkserver_preload([__name__])
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            for result in pool.map(function, items, chunksize=4):
                yield result
                bar.update()
