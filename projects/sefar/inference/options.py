"""Options that the commands on a trained recognizer share."""

import argparse

from sefar.commands import at_least

from .trained import Trained, load_predicting


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Which network of which config looks at which clips."""
    parser.add_argument('--root', help="folder of the lists' clips; default the list's own")
    parser.add_argument('--config', help="stands in the place of the checkpoint's own")
    parser.add_argument('--network', help='such as student; default the one that predicts')


def add_prediction_options(parser: argparse.ArgumentParser) -> None:
    """How predictions are computed."""
    parser.add_argument('--device', help='default a GPU where there is one')
    parser.add_argument(
        '--batch-size', type=at_least(1), default=16, help='clips a pass; default 16'
    )
    parser.add_argument('--workers', type=at_least(0), default=1, help='processes that read clips')
    parser.add_argument('--seed', type=at_least(0), default=0, help='of the draws')


def trained_of(args: argparse.Namespace) -> Trained:
    """The checkpoint that the command line names, see :func:`load_predicting`."""
    return load_predicting(args.checkpoint, args.config)
