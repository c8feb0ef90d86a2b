"""Features of clips: extract_features.py CONFIG CHECKPOINT --list L.txt --clips DIR --out FOLDER.

Reading them back: FeatureStore('FOLDER')[0]. A run that was interrupted goes on where it stopped.
"""

import argparse
from pathlib import Path

from sefar.commands import at_least, run_command
from sefar.features import KINDS, extract


def main() -> None:
    """Parse the command line and extract."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config of the recognizer')
    parser.add_argument('checkpoint', help='its weights; "none" for random ones')
    parser.add_argument('--list', type=Path, required=True, help='clip list, labels optional')
    parser.add_argument('--clips', type=Path, required=True, help='folder of its clips')
    parser.add_argument('--out', type=Path, required=True, help='folder for the features')
    parser.add_argument('--kind', choices=KINDS, default='fused', help='default fused')
    parser.add_argument('--network', help='name, such as student; default the one that predicts')
    parser.add_argument('--processes', type=at_least(1), default=1, help='default 1')
    parser.add_argument('--batch-size', type=at_least(1), default=8, help='clips a pass; default 8')
    parser.add_argument(
        '--shard-size', type=at_least(1), default=256, help='clips a file; default 256'
    )
    parser.add_argument('--device', choices=('cpu', 'cuda'), default='cpu')
    parser.add_argument('--seed', type=at_least(0), default=0, help='of random weights; default 0')
    args = parser.parse_args()
    store = extract(
        args.config,
        None if args.checkpoint == 'none' else args.checkpoint,
        args.list,
        args.clips,
        args.out,
        args.kind,
        args.network,
        args.processes,
        args.batch_size,
        args.shard_size,
        args.device,
        args.seed,
    )
    shape = next(
        store[i] for i, path in enumerate(store.paths) if path not in store.unreadable
    ).shape
    print(f'{args.out}: {len(store)} clips, {shape[0]} tokens of {shape[1]}')
    if store.unreadable:
        clip, reason = next(iter(store.unreadable.items()))
        raise ValueError(
            f'{args.clips / clip}: cannot be read ({reason}); {len(store.unreadable)} of '
            f'{len(store)} clips have no features'
        )


if __name__ == '__main__':
    run_command(main)
