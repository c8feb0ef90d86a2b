"""One network for other programs: tools/export.py CHECKPOINT OUT --format mmaction|torch|onnx.

It is compared with the original on real clips before it is written.
"""

import argparse
from pathlib import Path

from sefar.commands import run_command
from sefar.inference import find
from sefar.inference.export import export
from sefar.inference.options import add_model_options, trained_of


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoint', help='what training wrote')
    parser.add_argument('out', type=Path, help='folder for mmaction, else x.pt2 or x.onnx')
    parser.add_argument('--format', choices=('mmaction', 'torch', 'onnx'), required=True)
    parser.add_argument(
        '--clips',
        nargs='+',
        action='extend',
        required=True,
        help='real clips to compare on: clips, folders, lists',
    )
    add_model_options(parser)
    args = parser.parse_args()
    suffix = dict(mmaction='', torch='.pt2', onnx='.onnx')[args.format]
    if args.out.suffix != suffix:
        wanted = f'a name that ends in {suffix}' if suffix else 'a folder, a name without a suffix'
        parser.error(f'{args.out}: --format {args.format} wants {wanted}')
    trained = trained_of(args)
    clips = [clip.filename for clip in find(args.clips, args.root)[:8]]
    difference = export(trained, args.out, args.format, clips, args.network)
    print(f'{args.out}: differs by {difference:.1e} at most on {len(clips)} clips')


if __name__ == '__main__':
    run_command(main)
