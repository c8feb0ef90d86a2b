"""Which clips to label next: tools/label_next.py CHECKPOINT UNLABELLED --count 50 --out next.csv.

Fill the column `label` of next.csv; tools/data/make_lists.py reads it beside the labels before.
next.npz has the pseudo labels of all clips, for tools/app.py.
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from sefar.commands import at_least, run_command
from sefar.evaluation.score_file import write_scores
from sefar.inference import Predictor, find
from sefar.inference.label_next import STRATEGIES, choose, scores_of, write_choices
from sefar.inference.options import add_model_options, add_prediction_options, trained_of
from sefar.inference.trained import as_device


def main() -> None:
    """Predict, choose and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='what training wrote')
    parser.add_argument('unlabelled', nargs='+', help='clips, folders, lists, patterns')
    parser.add_argument('--count', type=at_least(1), default=50, help='clips to choose; default 50')
    parser.add_argument('--out', type=Path, required=True, help='CSV to write')
    parser.add_argument('--strategy', choices=STRATEGIES, default=STRATEGIES[0])
    add_model_options(parser)
    add_prediction_options(parser)
    args = parser.parse_args()
    if args.out.suffix != '.csv':
        parser.error(f'--out {args.out}: wanted a name that ends in .csv')
    if args.out.exists():
        raise FileExistsError(f'--out {args.out}: is there, perhaps with labels; name another file')
    args.out.parent.mkdir(parents=True, exist_ok=True)
    trained = trained_of(args)
    clips = find(args.unlabelled, args.root)
    predictor = Predictor(
        trained,
        args.network,
        as_device(args.device),
        batch_size=args.batch_size,
        workers=args.workers,
        seed=args.seed,
    )
    bar = tqdm(predictor(clips), total=len(clips), desc='predict', unit='clip')
    said = [prediction.condensed() for prediction in bar]
    chosen = choose(said, trained.classes, args.count, args.strategy, args.seed)
    write_choices(chosen, said, trained.classes, args.out)
    write_scores(args.out.with_suffix('.npz'), scores_of(said, trained.classes))
    broken = [p for p in said if p.error is not None]
    for prediction in broken[:10]:
        print(f'{prediction.clip.name}  cannot be read: {prediction.error}')
    print(f'{args.out}: {len(chosen)} of {len(said)} clips, {len(broken)} cannot be read')


if __name__ == '__main__':
    run_command(main)
