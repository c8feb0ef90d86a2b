"""Checks of lists and clips."""

from collections.abc import Mapping, Sequence
from typing import Any

from sefar.config_values import FIRST_LOOK
from sefar.datasets.clip_list_dataset import ClipListDataset
from sefar.datasets.clip_parts import NoFramesError, frames_of, part_of
from sefar.datasets.first_look import look_at
from sefar.datasets.frame_cache import FrameCache
from sefar.datasets.list_checks import (
    ClipIndex,
    ListedClip,
    SameClip,
    absent_classes,
    missing_files,
)
from sefar.datasets.transforms import FrameCacheInit, HumanTubes
from sefar.datasets.unlabelled_video_dataset import UnlabelledVideoDataset

from .errors import PreflightError
from .parts import clips_of, parts_of, transforms_of, without_cache


def check_labels(dataset: Any, num_classes: int) -> list[str]:
    """Labels and class names fit the head; returns the names of classes that have no clip."""
    names = dataset.metainfo.get('classes') or [str(c) for c in range(num_classes)]
    if len(names) != num_classes:
        raise PreflightError(
            f'{dataset.ann_file}: its class file names {len(names)} classes, and the head has '
            f"{num_classes}; correct the file or the head's num_classes"
        )
    seen = set()
    for clip in clips_of(dataset):
        if clip.label >= num_classes:
            raise PreflightError(
                f'{clip.place}: label {clip.label} is outside [0, {num_classes}), the classes of '
                "the head; correct the list or the head's num_classes"
            )
        seen.add(clip.label)
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
    return [step.cache for step in transforms_of(dataset) if isinstance(step, FrameCacheInit)]


def check_tubes(dataset: Any) -> None:
    """Every clip of a data set that has boxes of people has some, or says that nobody is there."""
    for step in transforms_of(dataset):
        for clip in clips_of(dataset) if isinstance(step, HumanTubes) else ():
            try:
                step.boxes_of(clip.path)
            except ValueError as error:
                raise PreflightError(f'{clip.place}: {error}') from error


def check_cache(dataset: Any) -> str | None:
    """Every clip of a data set that reads a frame cache is in it, and decoded.

    Returns a warning of unlabelled clips without frames, whose places others take.
    """
    caches = caches_of(dataset)
    without: list[str] = []
    for clip in clips_of(dataset) if caches else ():
        part = part_of(clip.path)
        for cache in caches:
            try:
                readable = cache.check(part.file)
            except (FileNotFoundError, NoFramesError):  # told by the check of files
                continue
            except ValueError as error:
                what = str(error).removeprefix(f'{part.file}: ')  # the place names it
                raise PreflightError(f'{clip.place}: {what}') from error
            problem = None
            if not readable:
                problem = (
                    'could not be decoded when the frame cache was made; repair it and make the '
                    'cache again, or leave it out'
                )
            elif part.start is not None:
                frames, fps, *_ = cache[part.file]
                try:
                    frames_of(part, len(frames), fps)
                except ValueError as error:
                    problem = str(error)
            if problem is None:
                continue
            without.append(f'{clip.place}: {problem}')
            if not isinstance(dataset, UnlabelledVideoDataset) or len(without) == len(dataset):
                raise PreflightError(without[0])
    if not without:
        return None
    return (
        f'{without[0]} ({len(without)} of {len(dataset)} clips). They are replaced by other clips '
        'in training.'
    )


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
    dataset = without_cache(config)
    files = {other.ann_file for other in known if isinstance(other, ClipListDataset)}
    return [] if getattr(dataset, 'ann_file', None) in files else [dataset]


def check_steering(steering: Any, tested: Sequence[Any]) -> None:
    """Held-out clips that steer a run, or choose its checkpoint, are in no test list."""
    index = ClipIndex(clip for dataset in tested for clip in clips_of(dataset))
    for clip in clips_of(steering):
        if same := index.sharing(clip):
            raise PreflightError(
                f'{same}, in the test list; held-out clips steer this run or choose its '
                'checkpoint, so that its test would flatter it; take one of them out'
            )


def check_evaluated(dataset: Any) -> str | None:
    """An evaluation list has each clip under one label; returns a warning of repeats."""
    index = ClipIndex()
    return _repeats([same for clip in clips_of(dataset) if (same := _take_in(index, clip))])


def _take_in(index: ClipIndex, clip: ListedClip) -> SameClip | None:
    """Take a labelled clip in; returns its first mention, if there is one."""
    same = index.add(clip)
    if same and clip.label != same.first.label:
        raise PreflightError(
            f'{same}; its label is {clip.label} here, {same.first.label} there; keep one'
        )
    return same


def _repeats(again: Sequence[SameClip]) -> str | None:
    return f'{again[0]} ({len(again)} clips are named again)' if again else None


def check_overlap(
    train: Any, evaluations: Sequence[Any], with_unlabelled: bool = True
) -> list[str]:
    """No clip is trained on and evaluated, labelled and unlabelled, or of two labels.

    Clips are told by their files and contents, not by how a list spells them; parts of a file that
    share time are one clip where one is trained on and the other evaluated. Returns warnings of
    clips that a training list names again, of an unlabelled one by their files alone. Without
    ``with_unlabelled`` unlabelled clips are left out, as by algorithms that look at none.
    """
    held_out = ClipIndex(clip for dataset in evaluations for clip in clips_of(dataset))
    labelled = ClipIndex()
    warnings = []
    for part in parts_of(train):
        unlabelled = isinstance(part, UnlabelledVideoDataset)
        if unlabelled and not with_unlabelled:
            continue
        own = ClipIndex(contents=False) if unlabelled else labelled
        again = []
        for clip in clips_of(part):
            if same := held_out.sharing(clip):
                raise PreflightError(f'{same}, in an evaluation list; take one of them out')
            if unlabelled and (same := labelled.find(clip)):
                raise PreflightError(f'{same}, in the labelled list; take one of them out')
            if same := own.add(clip) if unlabelled else _take_in(own, clip):
                again.append(same)
        if warning := _repeats(again):
            warnings.append(warning)
    return warnings
