"""Ask about one clip: ask.py VIDEO --question "… A.… B.… C.… D.…" --config C --checkpoint P.

The config is a question answering one; --vision says which recognizer sees, as CONFIG CHECKPOINT.
"""

import argparse
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import DictAction
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmengine.structures import BaseDataElement
from rich.table import Table

from sefar.commands import run_command, show_table
from sefar.config_files import read_config
from sefar.features import KINDS, FeatureExtractor
from sefar.mllm.questions import KEYS, LETTERS, Question


def main() -> None:
    """Parse the command line, look and answer."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('video', help='a video file')
    parser.add_argument('--question', required=True, help='text with the choices A. to D.')
    parser.add_argument('--config', required=True, help='such as configs/sefar/mllm/qa_synthgym.py')
    parser.add_argument('--checkpoint', required=True, help='of the bridge')
    parser.add_argument(
        '--vision', nargs=2, required=True, metavar=('CONFIG', 'CHECKPOINT'), help='recognizer'
    )
    parser.add_argument('--kind', choices=KINDS, default='elements', help='default elements')
    parser.add_argument('--device', choices=('cpu', 'cuda'), default='cpu')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    args = parser.parse_args()
    if not Path(args.video).is_file():
        raise FileNotFoundError(f'{args.video}: no such video')
    values = ('A', args.question, 'what', '0000000', 'asked', args.video, 0)
    question = Question.of_record(dict(zip(KEYS, values, strict=True)))
    config, checkpoint = args.vision
    extractor = FeatureExtractor(
        config, None if checkpoint == 'none' else checkpoint, args.kind, device=args.device
    )
    features = extractor.files([args.video])
    cfg = read_config(args.config, options=args.cfg_options)
    init_default_scope('mmaction')
    model = MODELS.build(cfg.model).to(args.device).eval()
    load_checkpoint(model, args.checkpoint, map_location='cpu', strict=True)
    sample = BaseDataElement(question=question)
    with torch.no_grad():
        model([torch.from_numpy(features[0])], [sample], mode='predict')
    table = Table('', 'choice', 'probability', title=question.prompt)
    for letter, option, probability in zip(
        LETTERS, question.options, sample.choice_probs.tolist(), strict=True
    ):
        table.add_row(letter, option, f'{probability:.3f}')
    show_table(table)
    print(f'free answer: {sample.generated}')


if __name__ == '__main__':
    run_command(main)
