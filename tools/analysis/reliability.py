"""Is a teacher right when it is sure? tools/analysis/reliability.py CONFIG CHECKPOINT --out FOLDER.

Figures 4c and 5 of the paper: confidence, deviation and weight of the teacher's predictions against
the truth, on the test list or, by --cfg-options test_dataloader.dataset.ann_file=…, on any labelled
list. Writes reliability.png and reliability.json.
"""

import argparse
import json
import sys
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.runner import Runner
from rich.console import Console
from rich.table import Table

from sefar.analysis.pseudo_labels import plot_reliability, predict, summarise


def main() -> int:
    """Predict, summarise and plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config of a SemiSupervisedRecognizer')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--out', type=Path, required=True, help='folder for the figure')
    parser.add_argument('--times', type=int, default=10, help='predictions a clip (U)')
    parser.add_argument('--seed', type=int, default=0, help='of the dropout')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    args = parser.parse_args()
    if args.times < 2:
        parser.error(f'--times {args.times}: a deviation needs at least 2 predictions')
    try:
        cfg = Config.fromfile(args.config)
        cfg.merge_from_dict(args.cfg_options or {})
        cfg.load_from = args.checkpoint
        cfg.work_dir = str(args.out / 'log')
        runner = Runner.from_cfg(cfg)
        runner.load_or_resume()
        predictions = predict(runner, args.times, args.seed)
    except (OSError, TypeError, ValueError) as error:
        print(f'reliability: {error}', file=sys.stderr)
        return 1
    summary = summarise(predictions)
    plot_reliability(predictions, str(args.checkpoint), args.out / 'reliability.png')
    (args.out / 'reliability.json').write_text(json.dumps(summary, indent=2))
    table = Table('figure', 'value', title=args.checkpoint)
    for name, value in summary.items():
        table.add_row(name, f'{value:.4g}')
    Console().print(table)
    print(args.out / 'reliability.png')
    return 0


if __name__ == '__main__':
    sys.exit(main())
