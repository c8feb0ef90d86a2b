"""Timing of calls side by side."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def wait_for(device: torch.device | str) -> None:
    """Wait until a GPU has done what it was given."""
    if torch.device(device).type == 'cuda':
        torch.cuda.synchronize(device)


def summarise(seconds: list[float]) -> dict[str, Any]:
    """Median and quartiles of measured times, in milliseconds."""
    low, middle, high = np.percentile(np.array(seconds) * 1e3, [25, 50, 75])
    return dict(median_ms=middle, quartiles_ms=[low, high], repeats=len(seconds))


def time_calls(
    functions: Mapping[str, Callable[[], Any]],
    repeats: int,
    warmup: int = 2,
    device: torch.device | str = 'cpu',
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, dict[str, Any]]:
    """Time functions in turns, so that whatever else the machine does meets all of them alike.

    Args:
        functions: Named calls.
        repeats: Measured rounds.
        warmup: Rounds before.
        device: Waited for before the clock is read.
        clock: Seconds; ``time.process_time`` counts the seconds of cores.

    Returns:
        For each name what :func:`summarise` gives.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for round_ in range(warmup + repeats):
        for name, function in functions.items():
            wait_for(device)
            start = clock()
            function()
            wait_for(device)
            if round_ >= warmup:
                seconds[name].append(clock() - start)
    return {name: summarise(values) for name, values in seconds.items()}


class Stopwatch:
    """Adds up the seconds of named parts; what runs inside another part counts there alone."""

    def __init__(self, device: torch.device | str = 'cpu') -> None:
        self.device = device
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what is inside."""
        wait_for(self.device)
        start = time.perf_counter()
        self._inner.append(0.0)
        yield
        wait_for(self.device)
        spent = time.perf_counter() - start
        self.seconds[name] = self.seconds.get(name, 0.0) + spent - self._inner.pop()
        if self._inner:
            self._inner[-1] += spent

    def wrap(self, owner: Any, method: str, name: str) -> None:
        """Time every call of a method of an object."""
        function = getattr(owner, method)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        setattr(owner, method, timed)


def matrix_rate(device: torch.device | str, dtype: torch.dtype) -> float:
    """TFLOP/s that the device reaches on large square matrices, the roof of a network's rate."""
    size = 8192 if torch.device(device).type == 'cuda' else 2048
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    timed = time_calls({'product': lambda: a @ b}, repeats=10, device=device)
    return 2 * size**3 / timed['product']['median_ms'] / 1e9
