"""Labels that look wrong: tools/suspect_labels.py CONFIG --out work_dirs/suspects.

Networks trained on the labels of all folds but one predict the clips of that fold; a label is
suspect where the clip looks like another class (confident learning; Northcutt et al., JAIR 2021).
Finished folds are kept; call it again after an interruption.
"""

import argparse
import csv
from pathlib import Path

from mmengine.config import DictAction
from mmengine.registry import init_default_scope

from sefar.analysis.cross_fit import cross_fit, labelled_entries
from sefar.analysis.perturbations import NONE
from sefar.analysis.suspect_labels import suspects
from sefar.commands import at_least, run_command
from sefar.config_files import read_config
from sefar.datasets.clip_lists import read_class_names
from sefar.mmaction_tools import brief_console

SURE = 0.85
"""Accuracy below which more of the suspects are mistakes of the networks than of people."""


def main() -> None:
    """Train the folds, predict, write what is suspect."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config with labelled and unlabelled clips')
    parser.add_argument('--out', type=Path, required=True, help='folder of lists, runs and results')
    parser.add_argument('--folds', type=at_least(2), default=3, help='default 3')
    parser.add_argument('--seed', type=at_least(0), default=0, help='of folds and trainings')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='key=value overrides')
    args = parser.parse_args()
    parts = ('model', 'train_dataloader', 'test_dataloader')
    cfg = read_config(args.config, parts, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    brief_console()
    dataset = cfg.test_dataloader.dataset
    names = [str(label) for label in range(dataset.num_classes)]
    if dataset.get('classes_file'):
        names = read_class_names(str(Path(dataset.get('data_root') or '') / dataset.classes_file))
    _, entries = labelled_entries(cfg)
    labels, _, said = cross_fit(cfg, args.out, args.folds, 1, args.seed, (NONE,))
    probs = said[NONE][:, 0]
    found = suspects(probs, labels)
    table = args.out / 'suspects.csv'
    with open(table, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(('clip', 'label', 'looks_like', 'margin'))
        for clip, given, likely, margin in found:
            writer.writerow((entries[clip][0], names[given], names[likely], f'{margin:.3f}'))
    right = (probs.argmax(1) == labels).mean()
    print(f'cross-fitted accuracy {100 * right:.1f} % of {len(labels)} clips')
    print(f'{table}: {len(found)} labels look wrong')
    if right <= 1.5 / len(names):
        print('note: too near to chance to say so; label more clips, or train longer')
    elif right < SURE:
        print(
            f'note: these networks are wrong for {100 * (1 - right):.0f} % of the clips; most of '
            'what looks wrong to them will be right. Begin with the largest margins'
        )


if __name__ == '__main__':
    run_command(main)
