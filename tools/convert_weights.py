"""Turn weights into those of a config: tools/convert_weights.py SRC DST --to CONFIG.

SRC: a checkpoint of the same network as a plain recognizer, timm's or AugReg's image ViT (.pth,
.npz), a TimeSformer of facebookresearch (.pyth) or MMAction2, or a checkpoint of the released
SVFormer or SeFAR. DST: a checkpoint for `load_from` of the config.

Prints what became of every key; a key that fits nowhere is an error.
"""

import argparse
from collections import Counter
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from sefar.checkpoint_files import sign
from sefar.commands import run_command
from sefar.config_files import read_config
from sefar.models.recognizer import networks_of
from sefar.models.weight_files import read_checkpoint
from sefar.models.weights import to_recognizer


def main() -> None:
    """Convert."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('src', help='checkpoint to read')
    parser.add_argument('dst', help='checkpoint to write')
    parser.add_argument('--to', required=True, metavar='CONFIG', help='config of the network')
    parser.add_argument('--quiet', action='store_true', help='print the counts, not every key')
    args = parser.parse_args()
    cfg = read_config(args.to)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    networks = networks_of(MODELS.build(cfg.model))
    checkpoint = read_checkpoint(args.src)
    network = next(iter(networks.values()))
    full, accounts = to_recognizer(checkpoint, network, args.src)
    known = network.state_dict()
    if not args.quiet:
        for account in accounts:
            print(f'{account.how:<30} {account.key} -> {", ".join(account.targets) or "-"}')
    for how, count in Counter(account.how for account in accounts).items():
        print(f'{count:5d} keys {how}')
    fresh = sorted(key for key in known if key not in full)
    if fresh:
        print(f'{len(fresh):5d} keys stay as the config draws them: {", ".join(fresh[:4])}, …')
    # Every network of the same structure starts from them: a teacher does, for one.
    shapes = {key: value.shape for key, value in known.items()}
    converted = {}
    for name, other in networks.items():
        if {key: value.shape for key, value in other.state_dict().items()} == shapes:
            prefix = '' if name == 'model' else f'{name}.'
            converted |= {prefix + key: value for key, value in full.items()}
    Path(args.dst).parent.mkdir(parents=True, exist_ok=True)
    checkpoint = {'state_dict': converted}
    sign(checkpoint)
    torch.save(checkpoint, args.dst)
    print(args.dst)


if __name__ == '__main__':
    run_command(main)
