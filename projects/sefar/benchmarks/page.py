"""The page on a run of many clips: how long a browser waits for its answers."""

import json
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sefar.app.label_sheet import LabelSheet
from sefar.app.run_folder import RunFolder
from sefar.app.scored_clips import ScoredClips
from sefar.evaluation.score_file import NAME, Scores, read_scores, write_scores
from sefar.inference.label_next import COLUMNS
from sefar.machine import machine
from sefar.optional import need

from .timing import summarise, time_calls

CLASSES = [f'class_{number:02d}' for number in range(20)]


def benchmark_page(clips: int, repeats: int) -> dict[str, Any]:
    """Serve a run with as many tested clips, as many in its pool and in the table to be labelled.

    Args:
        clips: Of each.
        repeats: Measured answers of each kind.

    Returns:
        What :func:`summarise` gives: ``begins`` (files read, server there), ``results`` (that
        tab), ``first clips`` (60 of them), ``found`` (60 of a class, unsure first), ``by name``,
        ``pool``, ``to label`` (all rows) and ``answer`` (a label, on the disk); ``machine``.
    """
    with tempfile.TemporaryDirectory() as folder:
        make_run(Path(folder), clips)
        begins = []
        for _ in range(repeats):
            start = time.perf_counter()
            with serving(Path(folder)):
                begins.append(time.perf_counter() - start)
        with serving(Path(folder)) as ask:
            answers = {
                'results': lambda: ask('/api/results'),
                'first clips': lambda: ask('/api/clips'),
                'found': lambda: ask('/api/clips?predicted=3&order=unsure'),
                'by name': lambda: ask('/api/clips?text=000123'),
                'pool': lambda: ask('/api/clips?of=pool&order=sure&offset=600'),
                'to label': lambda: ask('/api/next'),
                'answer': lambda: ask('/api/label', dict(clip=clip_name(7), label=CLASSES[1])),
            }
            timed = time_calls(answers, repeats)
    return dict(machine=machine(), clips=clips, begins=summarise(begins), **timed)


def clip_name(number: int) -> str:
    """Name of a made-up clip."""
    return f'class_{number % len(CLASSES):02d}/clip_{number:06d}.mp4'


def make_run(folder: Path, clips: int) -> None:
    """Write what the page reads: scores of a test and of a pool, and a table without labels."""
    rng = np.random.default_rng(0)
    names = list(map(clip_name, range(clips)))
    chances = rng.dirichlet(np.full(len(CLASSES), 0.2), clips).astype(np.float32)
    labels = rng.integers(len(CLASSES), size=clips)
    write_scores(folder / NAME, Scores(names, labels, dict(teacher=chances), CLASSES))
    write_scores(folder / 'next.npz', Scores(names, labels * 0 - 1, dict(mean=chances), CLASSES))
    (folder / 'epoch_1.pth').touch()
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_1.pth'))
    rows = [','.join(COLUMNS), *(f'{name},,{CLASSES[0]},0.5,unsure' for name in names)]
    (folder / 'next.csv').write_text('\n'.join(rows) + '\n')


@contextmanager
def serving(folder: Path) -> Iterator[Any]:
    """Serve a run; yields a function that asks a path, with a body or without."""
    uvicorn = need('uvicorn')
    need('starlette')
    from sefar.app.server import Server

    run = RunFolder(folder)
    sheet = LabelSheet(folder / 'next.csv', run.classes)
    pool = ScoredClips(read_scores(folder / 'next.npz'))
    app = Server(run, sheet, folder, '', pool).app(['127.0.0.1'])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level='warning'))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.001)
    port = server.servers[0].sockets[0].getsockname()[1]

    def ask(path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        address = f'http://127.0.0.1:{port}{path}'
        request = urllib.request.Request(address, data, {'X-SeFAR': '1'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    try:
        yield ask
    finally:
        server.should_exit = True
        thread.join()
