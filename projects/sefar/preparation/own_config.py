"""Configs for somebody's own clips."""

from collections.abc import Mapping
from pathlib import Path

from .schedule import Schedule

SMALL = ('small', 'gradients', 'started')
RECIPES = (*SMALL, 'vit_s', 'vit_b')
"""Beside them any backbone of ``_base_/backbones``, by its file's name: ``tsm_r50``."""
PLAIN = ", type='SeFAR'"
"""Composites have been measured on the small network alone, and beside nothing else."""
SIZES = {64: 80, 112: 128}
"""Sides of the small recipes' crop in pixels, and the short side that a cache keeps for them."""

BASE = """\
# Follows the lists beside it: make_lists.py writes it anew when they change. Your changes belong in
# sefar.py, which it writes once.
_base_ = [
{bases}
]
work_dir = {work_dir!r}
_place = dict(
    data_root={root!r},
    data_prefix=dict(video={videos!r}),
    num_classes={num_classes},{cache}
)
model = dict(
    recognizer=dict({backbone}),
    algorithm=dict(_base_.sefar_recommended.algorithm{algorithm}),{colours}
)
_view = dict({view})
_views = dict(weak=_view, strong=dict(temporal=dict(_delete_=True), {strong}**_view))
train_dataloader = dict(
    # 30 epochs of these steps are {passes:.0f} passes over {labelled} labelled clips
    # and {views:.0f} over {unlabelled} unlabelled ones. All else follows this number.
    batch_sampler=dict(type='StepBatchSampler', steps={steps}),
    dataset=dict(
        labelled=dict(
            ann_file='labelled.txt',
            pipeline=dict({sampled}split=dict(views=dict(labelled=_view))),
        ),
        unlabelled=dict(
            ann_file='unlabelled.txt', pipeline=dict({sampled}split=dict(views=_views))
        ),
        **_place,
    ),
)
{validation}
test_dataloader = dict(dataset=dict(ann_file='test.txt', {held}**_place))
"""
OWN = """\
# Yours: make_lists.py writes it once. What follows the lists is in base.py.
# python tools/train.py {config}
_base_ = 'base.py'
# If a mirror, or playing a clip backwards, turns classes into each other or changes none, say so:
# dict(flip_label_map={{1: 2, 2: 1}}, reverse_label_map={{}}). tools/perturbations.py looks for it.
symmetries = dict()
model = dict(algorithm=dict(**symmetries))
train_dataloader = dict(dataset=dict(**symmetries))
"""
VALIDATION = """\
# Labelled clips that no network trains on: they say whether the unlabelled clips pay.
val_dataloader = dict(dataset=dict(ann_file='val.txt', {held}**_place))"""
NO_VALIDATION = """\
# Too few labels to hold some out: nothing says on the way whether the unlabelled clips pay.
model['algorithm']['guard'] = None
val_dataloader = dict(dataset=dict(ann_file='test.txt', {held}**_place))"""


def recipes(base: Path) -> list[str]:
    """Names of recipes: ``RECIPES`` and the backbones in ``base``, the ``_base_`` folder."""
    return [*RECIPES, *sorted(path.stem for path in (base / 'backbones').glob('*.py'))]


def base_text(
    recipe: str,
    size: int,
    base: Path,
    out: Path,
    clips: Path,
    num_classes: int,
    counts: Mapping[str, int],
    length: Schedule,
) -> str:
    """Text of ``base.py``.

    Args:
        recipe: One of :func:`recipes`: a small 3D CNN from random weights, the same beside a
            network of temporal gradients or after a stage that learns without labels, in the place
            of composites; the paper's ViT-S or ViT-B from image weights at 224 pixels or a
            backbone from the zoo's weights, without composites.
        size: Side of the small recipes' crop, one of ``SIZES``.
        base: The ``_base_`` folder of the project's configs.
        out: Folder of the lists.
        clips: Folder of the clips.
        num_classes: Classes.
        counts: Clips of each list.
        length: Of the run.
    """
    head = f'cls_head=dict(num_classes={num_classes})'
    values = dict(
        cache='', algorithm='', view='', backbone=head, colours='', sampled='', held='', strong=''
    )
    if recipe in SMALL:
        files = ['sefar_cnn.py', f'datasets/clips_{size}.py']
        folder = str(out / f'frames_{size}')
        values['cache'] = f'\n    cache=dict(folder={folder!r}, short_side={SIZES[size]}),'
    else:
        files = ['sefar_b.py']
        # The released momentum is for runs of many thousand steps.
        values['algorithm'] = f'{PLAIN}, ema=dict(_delete_=True, span=0.015)'
        # Mirrored, some actions are others; symmetries in sefar.py bring the flip back.
        values['view'] = 'flip=dict(_delete_=True)'
        values['strong'] = "strength=dict(type='ClipRandAugment', num_ops=2, magnitude=9), "
    method = 'sefar_recommended'
    if recipe == 'gradients':
        method = 'sefar_gradients'
        values['algorithm'] = ', **_base_.sefar_gradients.algorithm'
        values['sampled'] = '**_base_.sefar_gradients.pipeline, '
    elif recipe == 'started':
        files.append('algorithms/start.py')
        values['backbone'] = f'{head}, **_base_.started'
        values['algorithm'] = PLAIN
    elif recipe == 'vit_s':
        files.append('models/vit_s.py')
        values['backbone'] = (
            'backbone=_base_.vit_s.recognizer.backbone, '
            f'cls_head=dict(num_classes={num_classes}, **_base_.vit_s.recognizer.cls_head)'
        )
    elif recipe not in RECIPES:
        files.append(f'backbones/{recipe}.py')
        values['backbone'] = (
            'backbone=_base_.zoo.recognizer.backbone, '
            f'cls_head=dict(num_classes={num_classes}, **_base_.zoo.recognizer.cls_head)'
        )
        values['colours'] = '\n    data_preprocessor=_base_.zoo.data_preprocessor,'
        values['sampled'] = '**_base_.zoo.sampled.pipeline, '
        values['held'] = 'pipeline=_base_.zoo.sampled.pipeline, '
    files.append(f'algorithms/{method}.py')
    return BASE.format(
        bases='\n'.join(f'    {(base / file).resolve().as_posix()!r},' for file in files),
        work_dir=f'work_dirs/{out.name}',
        root=out.as_posix(),
        videos=clips.as_posix(),
        num_classes=num_classes,
        labelled=counts['labelled'],
        unlabelled=counts['unlabelled'],
        validation=(VALIDATION if 'val' in counts else NO_VALIDATION).format(**values),
        **values,
        **length._asdict(),
    )
