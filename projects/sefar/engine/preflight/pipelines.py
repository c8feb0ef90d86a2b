"""Checks of pipelines against the method and its networks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmaction.datasets.transforms import (
    CenterCrop,
    Flip,
    RandomCrop,
    RandomRescale,
    Resize,
    TenCrop,
    ThreeCrop,
)
from torch import nn

from sefar.algorithms import Algorithm
from sefar.datasets.named_steps import nested
from sefar.datasets.semi_supervised_dataset import SemiSupervisedDataset
from sefar.datasets.transforms import (
    HumanTubes,
    SplitViews,
    TemporalPerturbation,
    TemporalReverseAll,
)
from sefar.datasets.transforms.companion import AddsCompanion
from sefar.elements import FLOW, GRADIENT
from sefar.models.tube_mix import TubeMix
from sefar.models.view_labels import FIELDS, permutation

from .errors import PreflightError
from .parts import parts_of, samplings_of, transforms_of


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


def check_method(algorithm: Algorithm, dataset: Any) -> list[str]:
    """The clips of a training are what an algorithm wants; returns warnings."""
    warnings = check_views(algorithm, dataset)
    check_label_maps(algorithm, dataset)
    check_mixing(algorithm, dataset)
    return warnings + check_memory(algorithm, dataset)


def check_memory(algorithm: Algorithm, dataset: Any) -> list[str]:
    """Returns a warning where a method cannot look back on all labelled clips."""
    number = len(parts_of(dataset)[0])
    return [
        f'model.algorithm.{name}={held}: {type(algorithm).__name__} looks back on so many of '
        f'{number} labelled clips, and learns next to nothing of classes that are not among them; '
        f'set {2 * number}, which holds each at any time'
        for name, held in algorithm.remembers.items()
        if held < number
    ]


def check_views(algorithm: Algorithm, dataset: Any) -> list[str]:
    """The loader delivers the views that an algorithm wants; returns warnings of equal ones."""
    semi = isinstance(dataset, SemiSupervisedDataset)
    labelled = dataset.labelled if semi else dataset
    _check_delivered(algorithm, algorithm.labelled_views, _views_of(labelled), 'labelled')
    _check_tubes_are_seen(algorithm, labelled, 'labelled')
    if not algorithm.views:
        return []
    pipelines = _views_of(dataset.unlabelled) if semi else {}
    _check_delivered(algorithm, algorithm.views, pipelines, 'unlabelled')
    _check_tubes_are_seen(algorithm, dataset.unlabelled, 'unlabelled')
    _check_time(algorithm, algorithm.in_order, pipelines, 'unlabelled')
    if algorithm.in_order:
        _check_time(algorithm, algorithm.labelled_views, _views_of(labelled), 'labelled')
    return [
        f'{type(algorithm).__name__}: the views {weak!r} and {strong!r} are made alike, although '
        f'{strong!r} should be perturbed more; fill its temporal or strength slot'
        for weak, strong in algorithm.stronger
        if repr(pipelines[weak]) == repr(pipelines[strong])
    ] + [
        f'{type(step).__name__} leaves the frames of elements={sampling.elements} in the order '
        f'that they have; give finer elements, or another perturbation to the view {view!r}'
        for view, pipeline in pipelines.items()
        for step in nested(pipeline)
        for _, sampling in samplings_of(dataset.unlabelled)
        if isinstance(step, TemporalPerturbation) and _changes_nothing(step, sampling.elements)
    ]


def _changes_nothing(step: TemporalPerturbation, elements: tuple[int, ...]) -> bool:
    as_they_are = np.arange(sum(elements))
    orders = (step.order(elements, np.random.default_rng(seed)) for seed in range(16))
    return all(np.array_equal(order, as_they_are) for order in orders)


def _check_time(
    algorithm: Algorithm, views: Sequence[str], pipelines: Mapping[str, Any], kind: str
) -> None:
    for view in views:
        for step in nested(pipelines[view]):
            if isinstance(step, TemporalPerturbation) and not _followed(algorithm, step, kind):
                raise PreflightError(
                    f'{type(algorithm).__name__} looks at when in a clip, but '
                    f'{type(step).__name__} perturbs the time of the {kind} view {view!r}; empty '
                    f'its slot, such as train_dataloader.dataset.{kind}.pipeline.split.views.'
                    f'{view}.temporal=None'
                )


def _followed(algorithm: Algorithm, step: TemporalPerturbation, kind: str) -> bool:
    """Whether a method goes along with a step: with its tempo, or with whole clips backwards."""
    if step.follows_time and algorithm.any_tempo:
        return True
    whole = isinstance(step, TemporalReverseAll) and step.label_map is not None
    return whole and (kind == 'labelled' or bool(algorithm.label_maps.get('reversed')))


def _views_of(dataset: Any) -> dict[str, Any]:
    """The pipelines of the views of a clip, by name."""
    pipelines: dict[str, Any] = {}
    adding: list[AddsCompanion] = []
    for step in transforms_of(dataset):
        if isinstance(step, SplitViews):
            pipelines = dict(step.pipelines)
        if isinstance(step, AddsCompanion):
            adding.append(step)
    added = [item for step in adding for item in step.adds(pipelines).items()]
    return pipelines | {new: pipelines[view] for new, view in added}


def _check_delivered(
    algorithm: Algorithm, wanted: Sequence[str], given: Mapping[str, Any], kind: str
) -> None:
    absent = [view for view in wanted if view not in given]
    if not absent:
        return
    remedies = []
    for name, slot in (
        (FLOW, 'motion=dict(type="OpticalFlow")'),
        (GRADIENT, 'gradient=dict(type="TemporalGradient")'),
    ):
        plain = [view for view in absent if not view.endswith(name.format(view=''))]
        if plain != absent:
            remedies.append(f'set {slot}')
        absent = plain
    if absent:
        remedies.append(
            f'add {", ".join(absent)} to sample.views and to split.views (dict(like="strong") has '
            'the steps of the strong view)'
        )
    raise PreflightError(
        f'{type(algorithm).__name__} wants the views {tuple(wanted)} of {kind} clips, '
        f'train_dataloader gives {tuple(given)}; {" and ".join(remedies)} in the {kind} pipeline'
    )


def _check_tubes_are_seen(algorithm: Algorithm, dataset: Any, kind: str) -> None:
    for step in transforms_of(dataset):
        if isinstance(step, HumanTubes) and not set(_views_of(dataset)) & set(algorithm.tubes):
            seen = f'those of the view {algorithm.tubes[0]!r}' if algorithm.tubes else 'none'
            raise PreflightError(
                f'{type(algorithm).__name__} looks at no tubes of {kind} clips but at {seen}; take '
                f'the slot tubes out of the {kind} pipeline'
            )


def check_mixing(algorithm: Algorithm, dataset: Any) -> None:
    """What is mixed in cells can be divided into them."""
    mix = getattr(algorithm, 'mix', None)
    if not isinstance(mix, TubeMix):
        return
    for step in _views_of(dataset.unlabelled)['strong'].transforms:
        if isinstance(step, RandomCrop):
            try:
                mix.grid(step.size, step.size)
            except ValueError as error:
                raise PreflightError(str(error)) from error


def check_crops(datasets: Sequence[Any]) -> None:
    """Crops of a fixed size fit into the frames that the step before makes, in views too."""
    for part in datasets:
        _check_crops_of(part.ann_file, transforms_of(part))
        for view, pipeline in _views_of(part).items():
            _check_crops_of(f'{part.ann_file}, the view {view!r}', pipeline.transforms)


def _check_crops_of(place: str, steps: Sequence[Any]) -> None:
    short = None
    for step in steps:
        if isinstance(step, RandomRescale):
            short = min(step.scale_range)
        elif isinstance(step, Resize):
            short = min(step.scale) if isinstance(step.scale, tuple) else None
        if isinstance(step, (CenterCrop, ThreeCrop, TenCrop)):
            field, size = 'crop_size', step.crop_size
        elif type(step) is RandomCrop:  # those built on it take any size
            field, size = 'size', step.size
        else:
            continue
        sides = size if isinstance(size, tuple) else (size, size)
        name = f'{place}: {type(step).__name__} of {field}={size}'
        if min(sides) < 1:
            raise PreflightError(f'{name}: wanted at least 1 pixel')
        if short is not None and max(sides) > short:
            raise PreflightError(
                f'{name}, but frames are resized to a short side of {short:g}; make the crop '
                'smaller or the frames larger'
            )


def check_label_maps(algorithm: Algorithm, dataset: Any) -> None:
    """What views do to classes is right for every class, and what the algorithm follows."""
    parts = dict(labelled=dataset)
    if isinstance(dataset, SemiSupervisedDataset):
        parts = dict(labelled=dataset.labelled, unlabelled=dataset.unlabelled)
    head: Any = next(iter(algorithm.networks.values())).cls_head
    for kind, part in parts.items():
        for view, pipeline in _views_of(part).items():
            for name, label_map in _maps_of(view, pipeline).items():
                try:
                    permutation(name, label_map, head.num_classes)
                except ValueError as error:
                    raise PreflightError(f'the {kind} view {view!r}: {error}') from error
                changed, known = _exchanged(label_map), _exchanged(algorithm.label_maps.get(name))
                if (kind == 'labelled' and not known) or len(algorithm.views) < 2:
                    continue  # nobody carries labels from one view to another
                if changed and not hasattr(algorithm, 'view_labels'):
                    raise PreflightError(
                        f'the view {view!r} exchanges the classes {changed}, which '
                        f'{type(algorithm).__name__} does not follow; leave '
                        f'train_dataloader.dataset.{FIELDS[name]} out'
                    )
                if changed != known:
                    raise PreflightError(
                        f'the view {view!r} exchanges the classes {changed}, '
                        f'{type(algorithm).__name__} follows {known}; give '
                        f'model.algorithm.{FIELDS[name]} and the data set the same map'
                    )


def _maps_of(view: str, pipeline: Any) -> dict[str, Mapping[int, int]]:
    """What a view's mirror and its playing backwards do to classes."""
    maps: dict[str, Mapping[int, int]] = {}
    for step in nested(pipeline):
        if isinstance(step, Flip):
            name, label_map = 'flipped', step.flip_label_map or {}
        elif isinstance(step, TemporalReverseAll) and step.label_map is not None:
            name, label_map = 'reversed', step.label_map
        else:
            continue
        if name in maps:
            raise PreflightError(
                f'the view {view!r} is {name} by two steps, {type(step).__name__} the second; '
                'take one out'
            )
        maps[name] = label_map
    return maps


def _exchanged(label_map: Mapping[int, int] | None) -> dict[int, int]:
    pairs = sorted((label_map or {}).items())
    return {source: target for source, target in pairs if source != target}


def check_test_is_deterministic(dataset: Any) -> None:
    """Testing samples centres."""
    for part, step in samplings_of(dataset):
        if not step.test_mode:
            raise PreflightError(
                f'{part.ann_file}: its pipeline samples frames at random in testing; set '
                'test_mode=True in DualLevelSampleFrames'
            )
