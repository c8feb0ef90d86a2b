"""Predict clips: tools/predict.py CHECKPOINT with clips, folders, lists or patterns.

Everything else is in the checkpoint: the config, the names of the classes, how clips are read.

    tools/predict.py work_dirs/mine/epoch_30.pth clips/ --out answers.csv
    tools/predict.py work_dirs/mine/epoch_30.pth match.mp4 --windows 2 --out timeline.csv
"""

import argparse
import math
from collections import Counter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sefar.commands import at_least, between, run_command
from sefar.inference import (
    Clip,
    Predictor,
    calibration,
    find,
    fit_temperature,
    windows,
)
from sefar.inference.answers import (
    answer,
    check_out,
    plot_timeline,
    timelines,
    write_answers,
)
from sefar.inference.options import add_model_options, add_prediction_options, trained_of
from sefar.inference.trained import as_device


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='what training wrote')
    parser.add_argument('clips', nargs='+', help='clips, folders, lists, patterns')
    parser.add_argument('--out', type=Path, help='x.csv or x.json; printed if not given')
    parser.add_argument('--top-k', type=at_least(1), default=5, help='classes to list; default 5')
    parser.add_argument(
        '--windows', type=between(0, math.inf), help='predict parts of this many seconds'
    )
    parser.add_argument(
        '--stride', type=between(0, math.inf), help='seconds between parts; default half a part'
    )
    parser.add_argument('--unsure-first', action='store_true', help='order by doubt')
    parser.add_argument('--draws', type=at_least(0), default=10, help='U, for the spread')
    parser.add_argument('--threshold', type=float, default=0, help='below it: "none of these"')
    parser.add_argument('--calibrate', metavar='LIST', help='labelled clips no network trained on')
    add_model_options(parser)
    add_prediction_options(parser)
    args = parser.parse_args()
    if not 0 <= args.threshold <= 1:
        parser.error(f'--threshold {args.threshold}: wanted a probability')
    if args.stride is not None and args.windows is None:
        parser.error('--stride goes with --windows')
    return args


def none_readable(first: str, error: str | None, number: int) -> ValueError:
    """What to raise where no clip of a number can be read."""
    return ValueError(
        f'{first}: cannot be read: {error}; that is clip 1 of {number}, and none of them can be '
        'read'
    )


def calibrate(predictor: Predictor, clips: list[Clip]) -> float:
    """Fit the temperature on labelled clips and say what it mends."""
    labelled = [clip for clip in clips if clip.label >= 0]
    if not labelled:
        raise ValueError('--calibrate: no clip has a label; wanted a list of "path label" lines')
    said = list(predictor(labelled))
    known = [p for p in said if p.error is None]
    if not known:
        raise none_readable(f'--calibrate: {said[0].clip.name}', said[0].error, len(said))
    probs = np.stack([p.probs for p in known])
    labels = np.array([p.clip.label for p in known])
    if labels.max() >= probs.shape[1]:
        raise ValueError(
            f'--calibrate: label {labels.max()} of a recognizer of {probs.shape[1]} classes'
        )
    temperature = fit_temperature(np.log(np.maximum(probs, 1e-30)), labels)
    after = np.stack([p.calibrated(temperature).probs for p in known])
    before, mended = (
        calibration(each.max(1), each.argmax(1) == labels)[3] for each in (probs, after)
    )
    print(
        f'calibrated on {len(known)} clips, {len(said) - len(known)} cannot be read: temperature '
        f'{temperature:.3g}, calibration error {before:.3f} → {mended:.3f}'
    )
    return temperature


def line(row: dict) -> str:
    """A row for the console."""
    part = '' if row['start'] is None else f'  {row["start"]:g}–{row["end"]:g} s'
    if row['error'] is not None:
        return f'{row["clip"]}{part}  cannot be read: {row["error"]}'
    spread = '' if row['spread'] is None else f' ± {row["spread"]:.3f}'
    rest = ''.join(f'  {name} {p:.3f}' for name, p in row['top'][1:3])
    return f'{row["clip"]}{part}  {row["class"]} {row["probability"]:.3f}{spread}{rest}'


def main() -> None:
    """Predict and show, or write."""
    args = parse_args()
    if args.out is not None:
        check_out(args.out)
    trained = trained_of(args)
    clips = find(args.clips, args.root)
    if beyond := [clip for clip in clips if clip.label >= len(trained.classes)]:
        raise ValueError(
            f'{beyond[0].name}: label {beyond[0].label}, and the recognizer has '
            f'{len(trained.classes)} classes; correct the list, or leave its labels out'
        )
    if args.windows is not None:
        stride = args.stride if args.stride is not None else args.windows / 2
        clips = [part for clip in clips for part in windows(clip, args.windows, stride)]
    predictor = Predictor(
        trained,
        args.network,
        as_device(args.device),
        args.draws,
        args.batch_size,
        args.workers,
        args.seed,
    )
    temperature = calibrate(predictor, find([args.calibrate], args.root)) if args.calibrate else 1
    # The bar goes to stderr, so that answers can be piped.
    rows, doubts, right = [], [], []
    # Of a million clips only what is written is kept: all repeated predictions would be gigabytes.
    for said in tqdm(predictor(clips), total=len(clips), desc='predict', unit='clip'):
        said = said.calibrated(temperature)
        rows.append(answer(said, trained.classes, args.top_k, args.threshold))
        doubts.append(said.doubt if said.error is None else 0)
        if said.error is None and said.clip.label >= 0:
            right.append(said.label == said.clip.label)
    if args.unsure_first:
        rows = [rows[i] for i in np.argsort(np.negative(doubts), kind='stable')]
    broken = [row for row in rows if row['error'] is not None]
    if len(broken) == len(rows):
        raise none_readable(broken[0]['clip'], broken[0]['error'], len(rows))
    if args.out is None:
        print(*map(line, rows), sep='\n')
    else:
        write_answers(rows, args.out)
        print(*map(line, broken), sep='\n', end='\n' if broken else '')
        counts = Counter(row['class'] for row in rows if row['error'] is None)
        print(*(f'{count:6d}  {name}' for name, count in counts.most_common(10)), sep='\n')
        print(f'{args.out}: {len(rows) - len(broken)} clips, {len(broken)} cannot be read')
    if args.windows is not None:
        for number, (video, segments) in enumerate(timelines(rows).items()):
            print(video)
            for start, end, name, probability in segments:
                print(f'  {start:8.2f} – {end:8.2f} s  {name}  {probability:.2f}')
            if args.out is not None:
                picture = args.out.with_name(f'{args.out.stem}_{number}.png')
                plot_timeline(video, segments, picture)
                print(f'  {picture}')
    if right:
        print(f'{100 * np.mean(right):.1f} % of {len(right)} labelled clips right')


if __name__ == '__main__':
    run_command(main)
