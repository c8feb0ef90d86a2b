"""Lists and a config from a folder of clips and a table of a few labels."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from .files import find_clips, write_lines, write_list
from .schedule import schedule
from .splits import hold_out_of_each

CONFIG = """\
# python tools/data/cache_frames.py {config} && python tools/train.py {config}
_base_ = [
    '{base}/sefar_cnn.py',
    '{base}/datasets/clips_{size}.py',
    '{base}/algorithms/sefar_recommended.py',
]
_place = dict(
    data_root='{root}',
    data_prefix=dict(video='{videos}'),
    num_classes={num_classes},
    cache=dict(folder='{root}/frames_{size}', short_side={short_side}),  # clips are decoded once
)
# If a mirror, or playing a clip backwards, turns classes into each other or changes none, say so:
# dict(flip_label_map={{1: 2, 2: 1}}, reverse_label_map={{}}). tools/perturbations.py looks for it.
symmetries = dict()
model = dict(
    recognizer=dict(cls_head=dict(num_classes={num_classes})),
    algorithm=dict(**_base_.sefar_recommended.algorithm, **symmetries),
)
train_dataloader = dict(
    # 30 epochs of these steps are {passes:.0f} passes over {labelled} labelled clips
    # and {views:.0f} over {unlabelled} unlabelled ones. All else follows this number.
    batch_sampler=dict(type='StepBatchSampler', steps={steps}),
    dataset=dict(**_place, **symmetries),
)
{validation}
test_dataloader = dict(dataset=_place)
"""
VALIDATION = """\
# Labelled clips that no network trains on: they say whether the unlabelled clips pay.
val_dataloader = dict(dataset=dict(ann_file='val.txt', **_place))"""
NO_VALIDATION = """\
# Too few labels to hold some out: nothing says on the way whether the unlabelled clips pay.
model['algorithm']['guard'] = None
val_dataloader = dict(dataset=_place)"""
SIZES = {64: 80, 112: 128}
"""Sides of the crop in pixels, and the short side that a cache keeps for them."""
HELD_OUT = 10
"""Clips that a validation list must have; fewer say nothing."""


def read_labels(table: Path, clips: Path) -> dict[str, str]:
    """Read a CSV of ``clip,label`` rows; a first row ``clip,label`` or ``path,label`` is a header.

    Args:
        table: The CSV file.
        clips: Folder that the clips' paths are relative to.

    Returns:
        Maps a clip's path to the name of its class.

    Raises:
        ValueError: a row is malformed, names a clip twice, or names a clip that is not there.
    """
    labels: dict[str, str] = {}
    with open(table, newline='', encoding='utf-8-sig') as file:
        for number, row in enumerate(csv.reader(file), 1):
            fields = [field.strip() for field in row]
            if not any(fields) or (number == 1 and fields[-1].lower() == 'label'):
                continue
            place = f'{table}:{number}'
            if len(fields) != 2 or not all(fields):
                raise ValueError(f'{place}: found {row}, wanted two fields: clip,label')
            clip, label = fields
            if clip in labels:
                raise ValueError(f'{place}: {clip} is labelled twice; keep one row')
            if not (clips / clip).is_file():
                raise ValueError(
                    f'{place}: {clips / clip} is not there; paths are relative to {clips}'
                )
            labels[clip] = label
    if not labels:
        raise ValueError(f'{table}: no labels; write a few rows of clip,label')
    return labels


def make_lists(
    clips: Path,
    table: Path,
    out: Path,
    base: Path,
    test_share: float = 0.3,
    seed: int = 0,
    size: int = 64,
) -> dict[str, int]:
    """Write ``labelled.txt``, ``unlabelled.txt``, ``test.txt``, ``classes.txt`` and ``sefar.py``.

    Of each class a share of the labelled clips is held out for testing; at least one stays for
    training. A fifth of those that stay is ``val.txt`` where that makes ten clips or more. Every
    clip without a label is unlabelled.

    Args:
        clips: Folder of videos; subfolders are searched too.
        table: Labels, see :func:`read_labels`.
        out: Folder for the lists and the config.
        base: The ``_base_`` folder of the project's configs.
        test_share: Share of labelled clips to hold out, in (0, 1).
        seed: Same seed, same lists.
        size: Side of the crops in pixels, one of ``SIZES``.

    Returns:
        Clips in each list.

    Raises:
        ValueError: there is nothing to train on or to test on.
    """
    if not 0 < test_share < 1:
        raise ValueError(f'test_share={test_share}: wanted a share between 0 and 1')
    labels = read_labels(table, clips)
    names = sorted(set(labels.values()))
    if len(names) < 2:
        raise ValueError(f'{table}: one class, {names[0]!r}; a recognizer needs at least two')
    members = defaultdict(list)
    for clip, label in sorted(labels.items()):
        members[label].append(clip)
    found = find_clips(clips)
    rng = np.random.default_rng(seed)
    lists: dict[str, list] = {'labelled': [], 'test': []}
    for index, name in enumerate(names):
        order = [members[name][i] for i in rng.permutation(len(members[name]))]
        held_out = min(max(1, round(test_share * len(order))), len(order) - 1)
        lists['test'] += [(clip, index) for clip in order[:held_out]]
        lists['labelled'] += [(clip, index) for clip in order[held_out:]]
    lists['unlabelled'] = [(clip, None) for clip in found if clip not in labels]
    if not lists['test']:
        raise ValueError(f'{table}: one clip per class; label at least two of a class to test on')
    if not lists['unlabelled']:
        raise ValueError(f'{clips}: every clip has a label; there is nothing to learn from without')

    kept, val = hold_out_of_each(lists['labelled'], 0.2, seed)
    if len(val) >= HELD_OUT:
        lists |= dict(labelled=kept, val=val)
    length = schedule(len(lists['labelled']), len(lists['unlabelled']))

    out.mkdir(parents=True, exist_ok=True)
    for name, rows in lists.items():
        write_list(out / f'{name}.txt', rows)
    write_lines(out / 'classes.txt', names)
    config = out / 'sefar.py'
    config.write_text(
        CONFIG.format(
            config=config.as_posix(),
            base=base.resolve().as_posix(),
            root=out.as_posix(),
            videos=clips.resolve().as_posix(),
            num_classes=len(names),
            size=size,
            short_side=SIZES[size],
            labelled=len(lists['labelled']),
            unlabelled=len(lists['unlabelled']),
            validation=VALIDATION if 'val' in lists else NO_VALIDATION,
            **length._asdict(),
        )
    )
    return {name: len(rows) for name, rows in lists.items()}
