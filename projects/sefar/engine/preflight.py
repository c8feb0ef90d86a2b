"""Checks of a run before its first step; each raises one line that says what to do."""

import difflib
import inspect
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmaction.datasets.transforms import Flip, RandomCrop, Resize
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from mmengine.hooks import CheckpointHook
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import nn

from sefar.algorithms import Algorithm
from sefar.datasets.clip_list_dataset import ClipListDataset
from sefar.datasets.clip_parts import part_of
from sefar.datasets.first_look import look_at
from sefar.datasets.frame_cache import FrameCache
from sefar.datasets.list_checks import ClipIndex, ListedClip, absent_classes, listed, missing_files
from sefar.datasets.ratio_sampler import RatioSampler
from sefar.datasets.semi_supervised_dataset import SemiSupervisedDataset
from sefar.datasets.transforms import (
    DualLevelSampleFrames,
    FrameCacheInit,
    HumanTubes,
    OpticalFlow,
    SplitViews,
    TemporalReverseAll,
)
from sefar.datasets.unlabelled_video_dataset import UnlabelledVideoDataset
from sefar.elements import FLOW
from sefar.engine.hooks.held_out_hook import HeldOutHook
from sefar.engine.hooks.mean_teacher_hook import MeanTeacherHook
from sefar.models.progress import Progress
from sefar.models.view_labels import FIELDS

FIRST_LOOK = 'first_look'
"""Top-level field of a config: whether clips are opened before the first step; default yes."""


class PreflightError(ValueError):
    """The run cannot work as it is configured."""


def check_field_names(cfg: Mapping[str, Any]) -> None:
    """No field of the config is nearly one that the runner reads; free variables are none of it."""
    known = [*inspect.signature(Runner.__init__).parameters, 'custom_imports']
    for field in cfg:
        near = difflib.get_close_matches(field, known, n=1, cutoff=0.85)
        if near and field not in known:
            raise PreflightError(
                f'config: nothing reads {field!r}; is it {near[0]!r}? Rename it, free variables too'
            )


def parts_of(dataset: Any) -> list[BaseDataset]:
    """The data sets that a data set is made of."""
    if isinstance(dataset, SemiSupervisedDataset):
        return [dataset.labelled, dataset.unlabelled]
    return [dataset]


def clips_of(dataset: Any) -> Iterator[ListedClip]:
    """Yield the clips that a clip list names."""
    if isinstance(dataset, ClipListDataset):
        dataset.full_init()
        for info in dataset.data_list:
            yield listed(info['filename'], info['label'], dataset.ann_file, info['line'])


def samplings_of(dataset: Any) -> Iterator[tuple[BaseDataset, DualLevelSampleFrames]]:
    """Yield the dual-level sampling steps of each part's pipeline."""
    for part in parts_of(dataset):
        for step in part.pipeline.transforms:
            if isinstance(step, DualLevelSampleFrames):
                yield part, step


def check_elements_agree(networks: Mapping[str, nn.Module], datasets: Sequence[Any]) -> None:
    """The sampling, the backbones and the heads must speak of the same elements."""
    found: dict[str, Any] = {}
    for network in networks.values():
        for module in network.modules():
            if hasattr(module, 'elements'):
                found[f'the backbone {type(module).__name__}'] = module.elements
    for dataset in datasets:
        for part, step in samplings_of(dataset):
            found[f'DualLevelSampleFrames of {part.ann_file}'] = step.elements
    if len(set(found.values())) > 1:
        listing = '; '.join(f'{name} has {elements}' for name, elements in found.items())
        raise PreflightError(f'unequal element lengths: {listing}. Give all the same elements')
    for network in networks.values():
        expected = getattr(network.cls_head, 'num_elements', None)
        for name, elements in found.items():
            if expected is not None and len(elements) != expected:
                raise PreflightError(
                    f'{name} has {len(elements)} elements {elements} but the head has '
                    f'num_elements={expected}; set num_elements={len(elements)}'
                )


def check_views(algorithm: Algorithm, dataset: Any) -> list[str]:
    """The loader delivers the views that an algorithm wants; returns warnings of equal ones."""
    semi = isinstance(dataset, SemiSupervisedDataset)
    labelled = dataset.labelled if semi else dataset
    _check_delivered(algorithm, algorithm.labelled_views, _views_of(labelled), 'labelled')
    if not algorithm.views:
        return []
    pipelines = _views_of(dataset.unlabelled) if semi else {}
    _check_delivered(algorithm, algorithm.views, pipelines, 'unlabelled')
    return [
        f'{type(algorithm).__name__}: the views {weak!r} and {strong!r} are made alike, although '
        f'{strong!r} should be perturbed more; fill its temporal or strength slot'
        for weak, strong in algorithm.stronger
        if repr(pipelines[weak]) == repr(pipelines[strong])
    ]


def _views_of(dataset: Any) -> dict[str, Any]:
    """The pipelines of the views of a clip, by name."""
    pipelines: dict[str, Any] = {}
    adding: list[HumanTubes | OpticalFlow] = []
    for step in getattr(getattr(dataset, 'pipeline', None), 'transforms', ()):
        if isinstance(step, SplitViews):
            pipelines = dict(step.pipelines)
        if isinstance(step, (HumanTubes, OpticalFlow)):
            adding.append(step)
    added = [item for step in adding for item in step.adds(pipelines).items()]
    return pipelines | {new: pipelines[view] for new, view in added}


def _check_delivered(
    algorithm: Algorithm, wanted: Sequence[str], given: Mapping[str, Any], kind: str
) -> None:
    absent = [view for view in wanted if view not in given]
    if not absent:
        return
    remedy = f'add {", ".join(absent)} to SplitViews and to DualLevelSampleFrames'
    if all(view.endswith(FLOW.format(view='')) for view in absent):
        remedy = 'set motion=dict(type="OpticalFlow")'
    raise PreflightError(
        f'{type(algorithm).__name__} wants the views {tuple(wanted)} of {kind} clips, '
        f'train_dataloader gives {tuple(given)}; {remedy} in the {kind} pipeline'
    )


def check_crops(datasets: Sequence[Any]) -> None:
    """Crops of a fixed size fit into the frames that the step before makes."""
    for part in datasets:
        short = None
        for step in getattr(getattr(part, 'pipeline', None), 'transforms', ()):
            if isinstance(step, Resize):
                short = min(step.scale) if isinstance(step.scale, tuple) else None
            if isinstance(step, RandomCrop):  # CenterCrop and others are such as well
                sides = step.crop_size
                sides = sides if isinstance(sides, tuple) else (sides, sides)
                name = f'{part.ann_file}: {type(step).__name__} of crop_size={step.crop_size}'
                if min(sides) < 1:
                    raise PreflightError(f'{name}: wanted at least 1 pixel')
                if short is not None and max(sides) > short:
                    raise PreflightError(
                        f'{name}, but frames are resized to a short side of {short:g}; make the '
                        'crop smaller or the frames larger'
                    )


def check_label_maps(algorithm: Algorithm, dataset: Any) -> None:
    """What a view does to classes is what the algorithm follows from one view to another."""
    if not isinstance(dataset, SemiSupervisedDataset) or not algorithm.views:
        return
    split = next(s for s in dataset.unlabelled.pipeline.transforms if isinstance(s, SplitViews))
    for view, pipeline in split.pipelines.items():
        done: dict[str, Mapping] = {}
        for step in pipeline.transforms:
            if isinstance(step, Flip):
                done['flipped'] = step.flip_label_map or {}
            if isinstance(step, TemporalReverseAll) and step.label_map is not None:
                done['reversed'] = step.label_map
        for name, label_map in done.items():
            known = algorithm.label_maps.get(name, {})
            if _exchanged(label_map) != _exchanged(known):
                raise PreflightError(
                    f'the view {view!r} exchanges the classes {_exchanged(label_map)}, '
                    f'{type(algorithm).__name__} follows {_exchanged(known)}; give '
                    f'model.algorithm.{FIELDS[name]} the map of the data set'
                )


def _exchanged(label_map: Mapping[int, int]) -> dict[int, int]:
    return {source: target for source, target in sorted(label_map.items()) if source != target}


def check_test_is_deterministic(dataset: Any) -> None:
    """Testing samples centres."""
    for part, step in samplings_of(dataset):
        if not step.test_mode:
            raise PreflightError(
                f'{part.ann_file}: its pipeline samples frames at random in testing; set '
                'test_mode=True in DualLevelSampleFrames'
            )


def check_labels(dataset: Any, num_classes: int) -> list[str]:
    """Labels fit the head; returns the names of classes that have no clip."""
    seen = set()
    for clip in clips_of(dataset):
        if clip.label >= num_classes:
            raise PreflightError(
                f'{clip.place}: label {clip.label} is outside [0, {num_classes}), the classes of '
                "the head; correct the list or the head's num_classes"
            )
        seen.add(clip.label)
    names = dataset.metainfo.get('classes') or [str(c) for c in range(num_classes)]
    return absent_classes(seen, names) if seen else []


def check_files(dataset: Any) -> str | None:
    """Every file of a labelled or test list is there; returns a warning for an unlabelled list."""
    missing = missing_files(clips_of(dataset))
    if not missing:
        return None
    first = missing[0].place
    example = f'{first}: the file is missing or empty ({len(missing)} of {len(dataset)} clips)'
    if not isinstance(dataset, UnlabelledVideoDataset):
        raise PreflightError(f'{example}; check data_root and data_prefix, or shorten the list')
    if len(missing) == len(dataset):
        raise PreflightError(f'{example}; check data_root and data_prefix')
    return f'{example}. They are replaced by other clips in training.'


def caches_of(dataset: Any) -> list[FrameCache]:
    """Frame caches that a data set reads."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    return [step.cache for step in steps if isinstance(step, FrameCacheInit)]


def check_tubes(dataset: Any) -> None:
    """Every clip of a data set that has boxes of people has some, or says that nobody is there."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    for step in steps:
        for clip in clips_of(dataset) if isinstance(step, HumanTubes) else ():
            try:
                step.boxes_of(clip.path)
            except ValueError as error:
                raise PreflightError(f'{clip.place}: {error}') from error


def check_cache(dataset: Any) -> None:
    """Every clip of a data set that reads a frame cache is in it."""
    caches = caches_of(dataset)
    for clip in clips_of(dataset) if caches else ():
        for cache in caches:
            try:
                cache.check(part_of(clip.path).file)
            except FileNotFoundError:  # told by the check of files
                continue
            except ValueError as error:
                raise PreflightError(f'{clip.place}: {error}') from error


def check_clips_open(datasets: Sequence[Any]) -> None:
    """Every clip that cannot be replaced opens, and its first frame decodes.

    Those of a frame cache were decoded when it was made; unlabelled ones are replaced in training.
    """
    places: dict[str, str] = {}
    for dataset in datasets:
        if not caches_of(dataset) and not isinstance(dataset, UnlabelledVideoDataset):
            for clip in clips_of(dataset):
                places.setdefault(clip.path, clip.place)
    problems = look_at(places)
    if problems:
        name, problem = next(iter(problems.items()))
        raise PreflightError(
            f'{places[name]}: cannot be decoded ({problem}; {len(problems)} of {len(places)} '
            f'clips); repair or leave out; {FIRST_LOOK}=False trains without this look'
        )


def tested_later(cfg: Mapping[str, Any], known: Sequence[Any]) -> list[Any]:
    """The test list of a training, which its runner does not build, unless it is known."""
    config = (cfg.get('test_dataloader') or {}).get('dataset')
    if config is None:
        return []
    # Its clips are looked for, not read: a frame cache of them can be made later.
    dataset = DATASETS.build({**config, 'cache': None} if 'cache' in config else config)
    files = {other.ann_file for other in known if isinstance(other, ClipListDataset)}
    return [] if getattr(dataset, 'ann_file', None) in files else [dataset]


def check_overlap(
    train: Any, evaluations: Sequence[Any], with_unlabelled: bool = True
) -> list[str]:
    """No clip is trained on and evaluated, labelled and unlabelled, or of two labels.

    Clips are told by their files and contents, not by how a list spells them. Returns warnings of
    clips that a training list names again. Without ``with_unlabelled`` unlabelled clips are left
    out, as by algorithms that look at none.
    """
    held_out = ClipIndex(clip for dataset in evaluations for clip in clips_of(dataset))
    labelled = ClipIndex()
    warnings = []
    for part in parts_of(train):
        unlabelled = isinstance(part, UnlabelledVideoDataset)
        if unlabelled and not with_unlabelled:
            continue
        own = ClipIndex() if unlabelled else labelled
        again = []
        for clip in clips_of(part):
            if same := held_out.find(clip):
                raise PreflightError(f'{same}, in an evaluation list; take one of them out')
            if unlabelled and (same := labelled.find(clip)):
                raise PreflightError(f'{same}, in the labelled list; take one of them out')
            if not (same := own.add(clip)):
                continue
            if not unlabelled and clip.label != same.first.label:
                raise PreflightError(
                    f'{same}; its label is {clip.label} here, {same.first.label} there; keep one'
                )
            again.append(same)
        if again:
            warnings.append(f'{again[0]} ({len(again)} clips are named again)')
    return warnings


def check_hooks(algorithm: Algorithm, hooks: Sequence[Any]) -> None:
    """Somebody tells the algorithm of its steps; without, a teacher would never move."""
    if not any(isinstance(hook, MeanTeacherHook) for hook in hooks):
        raise PreflightError(
            f'custom_hooks: {type(algorithm).__name__} wants dict(type="MeanTeacherHook"), which '
            'tells it of every step; add it (a list of your own replaces that of the base config)'
        )


def check_checkpoints(hooks: Sequence[Any]) -> list[str]:
    """Returns a warning where the last checkpoint goes before the next is there."""
    return [
        'default_hooks.checkpoint.max_keep_ckpts=1: the one checkpoint is deleted before the next '
        'is written; 2 survive a kill'
        for hook in hooks
        if isinstance(hook, CheckpointHook) and hook.max_keep_ckpts == 1
    ]


def check_room(model: nn.Module, work_dir: str) -> None:
    """There is room for a checkpoint; what the optimizer keeps comes on top."""
    wanted = sum(value.nbytes for value in model.state_dict().values())
    free = shutil.disk_usage(work_dir).free
    if wanted > free:
        raise PreflightError(
            f'{work_dir}: a checkpoint (epoch_1.pth) takes more than {wanted / 2**20:.1f} MiB, '
            f'{free / 2**20:.1f} MiB are free; make room or give another --work-dir'
        )


def check_held_out(
    algorithm: Algorithm, max_epochs: int, hooks: Sequence[Any], cfg: Mapping[str, Any]
) -> None:
    """An algorithm that looks at held-out clips is shown some, and not those of the test list."""
    if not any(algorithm.wants_evidence(Progress(e, max_epochs)) for e in range(max_epochs)):
        return
    name = type(algorithm).__name__
    if not any(isinstance(hook, HeldOutHook) for hook in hooks):
        raise PreflightError(
            f'custom_hooks: {name} wants dict(type="HeldOutHook"), which shows it held-out clips; '
            'add it (a list of your own replaces that of the base config)'
        )
    lists = []
    for loader in ('val_dataloader', 'test_dataloader'):
        dataset = (cfg.get(loader) or {}).get('dataset', {})
        lists.append((dataset.get('data_root'), dataset.get('ann_file'), dataset.get('draw')))
    if lists[0][1] is None or lists[0] == lists[1]:
        raise PreflightError(
            f'val_dataloader: {name} is steered by held-out labelled clips, and its list is '
            f'{lists[0][1] or "missing"}, which is also the test list; give val_dataloader a list '
            'of its own (tools/data/make_split.py LIST --hold-out 20), or set '
            'model.algorithm.guard=None and no warmup.patience'
        )


def check_length(algorithm: Algorithm, loop: Any) -> None:
    """The run is long enough for the algorithm."""
    if not isinstance(loop, EpochBasedTrainLoop):
        raise PreflightError(
            f'train_cfg: found a {type(loop).__name__}, wanted an EpochBasedTrainLoop: the order '
            'of the clips and the warm-up go by epochs'
        )
    try:
        algorithm.check_length(loop.max_epochs)
    except ValueError as error:
        raise PreflightError(str(error)) from error


def check_batches(dataloader: Any) -> None:
    """Batches keep the share of labelled and unlabelled clips."""
    sampler, batch_size = dataloader.batch_sampler.sampler, dataloader.batch_sampler.batch_size
    if isinstance(dataloader.dataset, SemiSupervisedDataset):
        if not isinstance(sampler, RatioSampler):
            raise PreflightError(
                f'a SemiSupervisedDataset needs sampler=dict(type="RatioSampler"), found '
                f'{type(sampler).__name__}'
            )
        if batch_size % sampler.group_size:
            raise PreflightError(
                f'batch_size={batch_size} is no multiple of {sampler.group_size}, the '
                f'clips of a group of ratio {sampler.ratio}; take '
                f'{max(1, batch_size // sampler.group_size) * sampler.group_size}'
            )
