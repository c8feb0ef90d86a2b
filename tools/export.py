"""One network for other programs: tools/export.py CHECKPOINT OUT --format mmaction|torch|onnx.

It is compared with the original on real clips before it is written.
"""

import argparse
from pathlib import Path

from sefar.commands import run_command
from sefar.inference import find, load_trained
from sefar.inference.export import export


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='what training wrote')
    parser.add_argument('out', type=Path, help='folder for mmaction, else x.pt2 or x.onnx')
    parser.add_argument('--format', choices=('mmaction', 'torch', 'onnx'), required=True)
    parser.add_argument(
        '--clips', nargs='+', required=True, help='real clips to compare on: clips, folders, lists'
    )
    parser.add_argument('--root', help="folder of the lists' clips; default the list's own")
    parser.add_argument('--network', help='such as student; default the one that predicts')
    parser.add_argument('--config', help="stands in the place of the checkpoint's own")
    args = parser.parse_args()
    suffix = dict(mmaction='', torch='.pt2', onnx='.onnx')[args.format]
    if args.out.suffix != suffix:
        wanted = f'a name that ends in {suffix}' if suffix else 'a folder, a name without a suffix'
        parser.error(f'{args.out}: --format {args.format} wants {wanted}')
    trained = load_trained(args.checkpoint, args.config)
    if trained.warning is not None:
        raise ValueError(f'{trained.warning}; its answers would be random')
    clips = [clip.filename for clip in find(args.clips, args.root)[:8]]
    difference = export(trained, args.out, args.format, clips, args.network)
    print(f'{args.out}: differs by {difference:.1e} at most on {len(clips)} clips')


if __name__ == '__main__':
    run_command(main)
