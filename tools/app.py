"""A page on a run: tools/app.py WORK_DIR [--labels next.csv --clips FOLDER].

Results, clips, predictions, and clips to label, in a browser on this machine. Beside next.csv,
next.npz has the pseudo labels of the whole pool. Wants the extra
`app` (pip install -e '.[app]').
"""

import argparse
import shlex
import socket
from pathlib import Path

from sefar.commands import as_called, run_command
from sefar.datasets.clip_parts import part_of
from sefar.evaluation.score_file import read_scores
from sefar.optional import need


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('work_dir', type=Path, help='of a training; tested, for results and clips')
    parser.add_argument('--labels', type=Path, help='table of tools/label_next.py, to be filled')
    parser.add_argument('--clips', type=Path, help='folder of its clips; default the tested ones')
    parser.add_argument('--config', help="stands in the place of the checkpoint's own")
    parser.add_argument('--host', default='127.0.0.1', help='default 127.0.0.1: this machine alone')
    parser.add_argument('--port', type=int, default=7860, help='default 7860')
    return parser.parse_args()


def main() -> None:
    """Read the run and serve it until Ctrl-C."""
    args = parse_args()
    uvicorn = need('uvicorn')
    need('starlette')
    from sefar.app.label_sheet import LabelSheet
    from sefar.app.run_folder import RunFolder
    from sefar.app.scored_clips import ScoredClips
    from sefar.app.server import Server

    run = RunFolder(args.work_dir, args.config)
    sheet = LabelSheet(args.labels, run.trained.classes) if args.labels else None
    pool = args.labels.with_suffix('.npz') if args.labels else None
    scored = ScoredClips(read_scores(pool)) if pool is not None and pool.is_file() else None
    if scored is not None and scored.scores.classes != run.trained.classes:
        raise ValueError(
            f'{pool}: was predicted by a recognizer of other classes than {run.checkpoint}; make '
            'it anew by tools/label_next.py'
        )
    root = args.clips or Path(run.scores.root if run.scores is not None else '.')
    if sheet is not None:
        first = root / part_of(sheet.rows[0]['clip']).file
        if not first.exists():
            raise FileNotFoundError(f'{first}: is not there; name the folder of clips by --clips')
    if args.host in ('0.0.0.0', '::', '*'):
        raise ValueError(
            f'--host {args.host}: the page answers to one name; give the address by which others '
            'call this machine, or leave it and tunnel (ssh -L)'
        )
    if not 0 <= args.port <= 65535:
        raise ValueError(f'--port {args.port}: wanted one of 0 to 65535')
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((args.host, args.port))
        except OSError as error:
            raise OSError(
                f'--host {args.host} --port {args.port}: {error.strerror or error}; take another'
            ) from None
    lists = run.lists or Path('data/mine')
    tables = shlex.join(map(str, ('labels.csv', *([args.labels] if args.labels else []))))
    folder = shlex.quote(str(lists))
    go_on = as_called(
        f'python tools/data/make_lists.py {shlex.quote(str(root))} {tables} --out {folder} && '
        f'python tools/train.py {folder}/sefar.py --work-dir {shlex.quote(str(args.work_dir))}_next'
    )
    server = Server(run, sheet, root, go_on, scored)
    print(f'http://{args.host}:{args.port}   Ctrl-C ends it', flush=True)
    hosts = ['127.0.0.1', 'localhost', args.host]
    uvicorn.run(server.app(hosts), host=args.host, port=args.port, log_level='warning')


if __name__ == '__main__':
    run_command(main)
