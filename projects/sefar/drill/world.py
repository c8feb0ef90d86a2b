"""A small world of right inputs, which the drill's cases spoil one at a time."""

import csv
import shutil
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from sefar.evaluation.score_file import Scores, write_scores
from sefar.inference.label_next import COLUMNS
from sefar.preparation.own_lists import make_lists

CLASSES = ('low', 'middle', 'high')
LABELLED = 90
POOL = 24
SHORT = """
train_cfg = dict(max_epochs=3, val_interval=1)
param_scheduler = []
_small = dict(batch_size=8, num_workers=0, persistent_workers=False)
train_dataloader.update(_small, batch_sampler=dict(steps=2))
train_dataloader['dataset'].update(cache=None)
val_dataloader = dict(dataset=dict(cache=None), **_small)
test_dataloader = dict(dataset=dict(cache=None), **_small)
model['recognizer'] = dict(backbone=dict(backbone=dict(base_channels=8)),
                           cls_head=dict(in_channels=64, hidden_channels=16))
model['algorithm'].update(warmup=dict(_delete_=True, epochs=1, ramp='paper'))
"""


class World(NamedTuple):
    """Paths of right inputs.

    Attributes:
        root: Where all of it lies, and where commands run.
        project: Folder of ``tools/`` and ``configs/``.
        clips: Folder of clips, three classes by brightness.
        data: What ``make_lists.py`` wrote.
        run: Work dir of a training of a few steps, tested.
    """

    root: Path
    project: Path
    clips: Path
    data: Path
    run: Path

    @property
    def config(self) -> Path:
        """A config of three epochs of two steps."""
        return self.data / 'sefar.py'

    @property
    def checkpoint(self) -> Path:
        """What the training wrote."""
        return self.run / 'epoch_3.pth'


def write_clip(path: Path, shade: int, frames: int = 10) -> Path:
    """Write a clip of one brightness.

    Raises:
        OSError: it could not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'mp4v'), 15, (64, 64))
    for index in range(frames):
        writer.write(np.full((64, 64, 3), min(shade + index, 255), np.uint8))
    writer.release()
    if not path.is_file() or not path.stat().st_size:
        raise OSError(f'{path}: cannot be written')
    return path


def make_world(root: Path, project: Path) -> World:
    """Write clips, lists and a config, train on them and test.

    Args:
        root: A folder that is made anew.
        project: Folder of ``tools/`` and ``configs/``.
    """
    if root.exists():
        shutil.rmtree(root)
    world = World(root, project, root / 'clips', root / 'data', root / 'run')
    rows = []
    for index in range(LABELLED + POOL):
        path = write_clip(world.clips / f'{index:03d}.mp4', 30 + 70 * (index % 3) + index // 3)
        if index < LABELLED:
            rows.append((path.name, CLASSES[index % 3]))
    with open(root / 'labels.csv', 'w', newline='') as file:
        csv.writer(file).writerows([('clip', 'label'), *rows])
    make_lists(world.clips, [root / 'labels.csv'], world.data, project / 'configs/sefar/_base_')
    with open(world.config, 'a') as file:
        file.write(SHORT)
    (root / 'four_classes.txt').write_text('low\nmiddle\nhigh\nhighest\n')
    (root / 'questions.json').write_text('[]')
    with open(root / 'next.csv', 'w', newline='') as file:
        names = [f'{LABELLED + i:03d}.mp4' for i in range(4)]
        csv.writer(file).writerows([COLUMNS, *((n, '', 'low', '0.5', 'unsure') for n in names)])
    names = [line.split()[0] for line in (world.data / 'test.txt').read_text().splitlines()]
    labels = np.array([int(name[:3]) % 3 for name in names])
    right = dict(teacher=np.eye(3, dtype=np.float32)[labels])
    scores = Scores(names, labels, right, list(CLASSES), f'{world.clips}/')
    write_scores(root / 'tested/scores.npz', scores)
    return world
