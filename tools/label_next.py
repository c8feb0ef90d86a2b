"""Which clips to label next: tools/label_next.py CHECKPOINT UNLABELLED --count 50 --out next.csv.

Fill the column `label` of next.csv; tools/data/make_lists.py reads it beside the labels before.
"""

import argparse
import csv
import os
from pathlib import Path

from tqdm import tqdm

from sefar.commands import run_command
from sefar.inference import Predictor, find, load_trained
from sefar.inference.label_next import STRATEGIES, choose
from sefar.inference.trained import as_device


def main() -> None:
    """Predict, choose and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='what training wrote')
    parser.add_argument('unlabelled', nargs='+', help='clips, folders, lists, patterns')
    parser.add_argument('--count', type=int, default=50, help='clips to choose; default 50')
    parser.add_argument('--out', type=Path, required=True, help='CSV to write')
    parser.add_argument('--strategy', choices=STRATEGIES, default=STRATEGIES[0])
    parser.add_argument('--root', help="folder of the lists' clips; default the list's own")
    parser.add_argument('--config', help="stands in the place of the checkpoint's own")
    parser.add_argument('--network', help='such as student; default the one that predicts')
    parser.add_argument('--device', help='default a GPU where there is one')
    parser.add_argument('--batch-size', type=int, default=16, help='clips a pass; default 16')
    parser.add_argument('--workers', type=int, default=1, help='processes that read clips')
    parser.add_argument('--seed', type=int, default=0, help='of the draws')
    args = parser.parse_args()
    if args.count < 1 or args.batch_size < 1 or args.workers < 0:
        parser.error('--count and --batch-size want at least 1, --workers 0')
    if args.out.exists():
        raise FileExistsError(f'--out {args.out}: is there, perhaps with labels; name another file')
    args.out.parent.mkdir(parents=True, exist_ok=True)
    trained = load_trained(args.checkpoint, args.config)
    if trained.warning is not None:
        raise ValueError(f'{trained.warning}; its choice would be random')
    clips = find(args.unlabelled, args.root)
    predictor = Predictor(
        trained,
        args.network,
        as_device(args.device),
        batch_size=args.batch_size,
        workers=args.workers,
        seed=args.seed,
    )
    said = list(tqdm(predictor(clips), total=len(clips), desc='predict', unit='clip'))
    chosen = choose(said, trained.classes, args.count, args.strategy, args.seed)
    aside = args.out.with_name(f'.{args.out.name}.part')
    with open(aside, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(('clip', 'label', 'guess', 'probability', 'reason'))
        for index, reason in chosen:
            guess = said[index]
            row = trained.classes[guess.label], f'{guess.probs.max():.4f}', reason
            writer.writerow((guess.clip.name, '', *row))
    os.replace(aside, args.out)
    broken = [p for p in said if p.error is not None]
    for prediction in broken[:10]:
        print(f'{prediction.clip.name}  cannot be read: {prediction.error}')
    print(f'{args.out}: {len(chosen)} of {len(said)} clips, {len(broken)} cannot be read')


if __name__ == '__main__':
    run_command(main)
