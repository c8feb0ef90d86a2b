"""Turn other people's weights into ours: tools/convert_weights.py SRC DST --to CONFIG.

SRC: timm's or AugReg's image ViT (.pth, .npz), a TimeSformer of facebookresearch (.pyth) or
MMAction2, or a checkpoint of the released SVFormer or SeFAR. DST: a checkpoint for `load_from` of
the config. Prints what became of every key; a key that fits nowhere is an error.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from sefar.models import SemiSupervisedRecognizer
from sefar.models.backbones import DualLevelTimeSformer
from sefar.models.weights import read_checkpoint, to_dual_level


def main() -> int:
    """Convert."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('src', help='checkpoint to read')
    parser.add_argument('dst', help='checkpoint to write')
    parser.add_argument('--to', required=True, metavar='CONFIG', help='config of the network')
    parser.add_argument('--quiet', action='store_true', help='print the counts, not every key')
    args = parser.parse_args()
    try:
        cfg = Config.fromfile(args.to)
        init_default_scope(cfg.get('default_scope', 'mmaction'))
        if 'model' not in cfg:
            raise ValueError(f'{args.to}: has no model')
        model = MODELS.build(cfg.model)
        semi = isinstance(model, SemiSupervisedRecognizer)
        network = model.student if semi else model
        backbone = network.backbone
        if not isinstance(backbone, DualLevelTimeSformer):
            raise ValueError(
                f'{args.to}: its backbone is a {type(backbone).__name__}; only a '
                'DualLevelTimeSformer needs conversion, others load their own weights'
            )
        state, accounts = to_dual_level(
            read_checkpoint(args.src), backbone.state_dict(), backbone.elements, args.src
        )
        full = {k if k.startswith('cls_head.') else f'backbone.{k}': v for k, v in state.items()}
        known = network.state_dict()
        for key, value in full.items():
            if key not in known or known[key].shape != value.shape:
                wanted = tuple(known[key].shape) if key in known else 'no such key'
                raise ValueError(
                    f'{args.src}: {key} is {tuple(value.shape)}, {args.to} has {wanted}; take a '
                    'config with the same classes and elements'
                )
    except (OSError, ValueError) as error:
        print(f'convert_weights: {error}', file=sys.stderr)
        return 1
    if not args.quiet:
        for account in accounts:
            print(f'{account.how:<30} {account.key} -> {", ".join(account.targets) or "-"}')
    for how, count in Counter(account.how for account in accounts).items():
        print(f'{count:5d} keys {how}')
    fresh = sorted(key for key in known if key not in full)
    if fresh:
        print(f'{len(fresh):5d} keys stay as the config draws them: {", ".join(fresh[:4])}, …')
    branches = ('student.', 'teacher.') if semi else ('',)
    Path(args.dst).parent.mkdir(parents=True, exist_ok=True)
    torch.save({'state_dict': {b + k: v for b in branches for k, v in full.items()}}, args.dst)
    print(args.dst)
    return 0


if __name__ == '__main__':
    sys.exit(main())
