"""The page's server: one run, this machine."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sefar.datasets.clip_parts import VIDEO_SUFFIXES
from sefar.inference import Clip

from .label_sheet import LabelSheet, table_of
from .pictures import film_strip, seen_by_model, thumbnail
from .run_folder import RunFolder
from .scored_clips import ScoredClips

PAGE = Path(__file__).parent / 'page'
LARGEST = 2**30
"""Bytes of an uploaded clip, at most."""
HEADERS = {
    # Nothing of another host is loaded, nothing of this one framed.
    'Content-Security-Policy': "default-src 'self'; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
}
KEY = 'x-sefar'
"""A header that every change has to carry: another site's page cannot send it."""
Handler = Callable[[Request], Awaitable[Response]]


class Server:
    """Routes over a run and, where there is one, a table of clips to label.

    Clips are asked for by number, never by path, so that no request reaches another file.

    Args:
        run: The run.
        sheet: Clips to label.
        clips: Folder that the table's clips are relative to.
        go_on: The command that trains on, shown when labels are there.
        pool: Unlabelled clips with their pseudo labels.
    """

    def __init__(
        self,
        run: RunFolder,
        sheet: LabelSheet | None,
        clips: Path,
        go_on: str,
        pool: ScoredClips | None = None,
    ) -> None:
        self.run = run
        both = dict(clips=run.tested, pool=pool)
        self.shown = {kind: scored for kind, scored in both.items() if scored is not None}
        self.sheet = sheet
        self.go_on = go_on
        self.root = clips
        # By number in the order in which they came up: a page keeps its films if the table is
        # sorted, or another one, by now.
        self.to_label: dict[str, int] = {}
        self.number_clips()
        self.predicting = asyncio.Lock()

    def app(self, hosts: list[str]) -> Starlette:
        """The application; it answers to these names of this machine alone."""
        routes = [
            Route('/', self.file('index.html')),
            Route('/page.js', self.file('page.js')),
            Route('/page.css', self.file('page.css')),
            Route('/api/results', self.results),
            Route('/api/clips', self.clips),
            Route('/api/{kind}/{number:int}/{what}', self.picture),
            Route('/api/try/{kind}/{number:int}', self.try_known),
            Route('/api/try', self.try_upload, methods=['POST']),
            Route('/api/next', self.next_clips),
            Route('/api/label', self.label, methods=['POST']),
            Route('/api/labels', self.take_labels, methods=['POST']),
            Route('/labels.csv', self.labels_csv),
            Route('/labels.json', self.labels_json),
        ]
        middleware = [
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts),
            Middleware(BaseHTTPMiddleware, dispatch=guarded),
        ]
        return Starlette(routes=routes, middleware=middleware)

    @staticmethod
    def file(name: str) -> Handler:
        """Serve a file of the page."""

        async def serve(request: Request) -> Response:
            return FileResponse(PAGE / name)

        return serve

    async def results(self, request: Request) -> Response:
        """Everything of the tab Results."""
        said = await run_in_threadpool(self.run.results)
        return JSONResponse(said | dict(shown=list(self.shown)))

    async def clips(self, request: Request) -> Response:
        """Tested clips, or the pool's by ``of=pool``, see :meth:`ScoredClips.find`."""
        query = request.query_params
        offset, limit = (int(query.get(k, d)) for k, d in (('offset', '0'), ('limit', '60')))
        shown = self.shown.get(query.get('of', 'clips'))
        if shown is None:
            return JSONResponse(dict(total=0, clips=[]))
        found = shown.find(query)
        rows = [shown.row(int(number)) for number in found[offset : offset + limit]]
        return JSONResponse(dict(total=len(found), clips=rows))

    def number_clips(self) -> None:
        """Number the table's clips that have no number yet."""
        for row in self.sheet.rows if self.sheet else ():
            self.to_label.setdefault(row['clip'], len(self.to_label))

    def clip(self, request: Request) -> Clip:
        """The clip of a request."""
        kind, number = request.path_params['kind'], request.path_params['number']
        if kind == 'next' and number < len(self.to_label):
            name = list(self.to_label)[number]
            return Clip(name, str(self.root / name))
        if kind not in self.shown or number >= len(self.shown[kind].clips):
            raise ValueError(f'no clip {number} of {kind}')
        return self.shown[kind].clips[number]

    async def picture(self, request: Request) -> Response:
        """A clip as ``thumbnail``, ``strip`` or ``seen`` (what the network takes)."""
        filename = self.clip(request).filename
        what = request.path_params['what']
        if what == 'thumbnail':
            return Response(await run_in_threadpool(thumbnail, filename), media_type='image/jpeg')
        if what == 'strip':
            strip, number, seconds = await run_in_threadpool(film_strip, filename)
            headers = {'X-Frames': str(number), 'X-Seconds': f'{seconds:.3f}'}
            return Response(strip, media_type='image/jpeg', headers=headers)
        if what == 'seen':
            pipeline = self.run.trained.pipeline
            image = await run_in_threadpool(seen_by_model, filename, pipeline)
            return Response(image, media_type='image/jpeg')
        raise ValueError(f'no picture {what!r}')

    async def try_known(self, request: Request) -> Response:
        """Predict a clip that the page knows."""
        return await self.predict(self.clip(request))

    async def try_upload(self, request: Request) -> Response:
        """Predict a clip that the browser sends; it is deleted after."""
        name = request.query_params.get('name', 'clip.mp4')
        suffix = Path(name).suffix.lower()
        if suffix not in VIDEO_SUFFIXES:
            raise ValueError(f'{name}: wanted a video ({", ".join(sorted(VIDEO_SUFFIXES))})')
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST:
                    raise ValueError(f'{name}: larger than {LARGEST >> 20} MiB')
                file.write(chunk)
            file.flush()
            return await self.predict(Clip(name, file.name))

    async def predict(self, clip: Clip) -> Response:
        """Bars of a clip, one prediction at a time."""
        async with self.predicting:
            said = (await run_in_threadpool(lambda: list(self.run.predictor([clip]))))[0]
        if said.error is not None:
            raise ValueError(f'{clip.name}: {said.error}'.replace(clip.filename, clip.name))
        spreads = said.spreads if len(said.draws) else np.zeros_like(said.probs)
        bars = [
            dict(
                name=self.run.trained.classes[label],
                probability=float(said.probs[label]),
                spread=float(spreads[label]),
            )
            for label in np.argsort(-said.probs, kind='stable')[:5]
        ]
        return JSONResponse(dict(clip=clip.name, bars=bars))

    async def next_clips(self, request: Request) -> Response:
        """Clips to label, and how to go on."""
        self.number_clips()
        rows = [
            row | dict(number=self.to_label[row['clip']])
            for row in (self.sheet.rows if self.sheet else ())
        ]
        classes = self.sheet.classes if self.sheet else []
        return JSONResponse(dict(rows=rows, classes=classes, go_on=self.go_on))

    async def label(self, request: Request) -> Response:
        """Set a label; it is on the disk when this answers."""
        said = await request.json()
        await run_in_threadpool(self.needed().set, str(said['clip']), str(said['label']))
        return JSONResponse(dict(left=self.needed().left))

    async def take_labels(self, request: Request) -> Response:
        """Labels from a CSV or Label Studio's JSON."""
        text = (await request.body()).decode('utf-8-sig')
        taken = await run_in_threadpool(self.needed().take, text)
        return JSONResponse(dict(taken=taken, left=self.needed().left))

    async def labels_csv(self, request: Request) -> Response:
        """The table."""
        return PlainTextResponse(table_of(self.needed().rows), media_type='text/csv')

    async def labels_json(self, request: Request) -> Response:
        """The table as tasks of Label Studio."""
        return JSONResponse(self.needed().to_label_studio())

    def needed(self) -> LabelSheet:
        """The table of clips to label."""
        if self.sheet is None:
            raise ValueError('no table of clips to label; start with --labels next.csv')
        return self.sheet


async def guarded(request: Request, call_next: Handler) -> Response:
    """Refuse changes of other sites' pages; turn a fault into one line."""
    if request.method != 'GET' and KEY not in request.headers:
        return JSONResponse(dict(error=f'a change wants the header {KEY}'), 403, HEADERS)
    try:
        response = await call_next(request)
    except (ValueError, KeyError, OSError, RuntimeError) as error:
        line = ' '.join(str(error).split()) or type(error).__name__
        return JSONResponse(dict(error=line), 400, HEADERS)
    response.headers.update(HEADERS)
    return response
