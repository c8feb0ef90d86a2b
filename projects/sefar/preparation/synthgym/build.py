"""Building of the SynthGym data set: clips and lists."""

import csv
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from sefar.preparation.files import Clip, write_lines, write_list
from sefar.preparation.parallel import in_parallel
from sefar.whole_file import check_made_with

from .athlete import perform
from .elements import ELEMENTS
from .scene import render


class Job(NamedTuple):
    """One clip to render."""

    path: Path
    label: int
    size: int
    fps: int
    seed: tuple[int, int]
    moving_camera: bool = False


def draw_clip(
    label: int, size: int, rng: np.random.Generator, moving_camera: bool = False
) -> np.ndarray:
    """Draw a clip of class ``label``: uint8 (T, size, size, 3), BGR, 24 to 44 frames."""
    element = ELEMENTS[label]
    motion = perform(element, int(rng.integers(24, 45)), rng)
    return render(motion, size, element.event == 'UB', rng, moving_camera)


def render_clip(job: Job) -> None:
    """Render one clip to an MPEG-4 file.

    Raises:
        OSError: the file cannot be written.
    """
    rng = np.random.default_rng(job.seed)
    frames = draw_clip(job.label, job.size, rng, job.moving_camera)
    size = (job.size, job.size)
    part = job.path.with_suffix('.part.mp4')  # a killed run leaves no half clip under its name
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*'mp4v'), job.fps, size)
    if not writer.isOpened():
        raise OSError(f'{job.path}: OpenCV cannot write MPEG-4 here; check the folder and the disk')
    for frame in frames:
        writer.write(frame)
    writer.release()
    # OpenCV says nothing of a full disk.
    written = int(cv2.VideoCapture(str(part)).get(cv2.CAP_PROP_FRAME_COUNT))
    if written != len(frames):
        part.unlink(missing_ok=True)
        raise OSError(
            f'{job.path}: {written} of {len(frames)} frames could be written; is the disk full?'
        )
    part.replace(job.path)


def build(
    out: Path,
    train: int = 80,
    val: int = 10,
    test: int = 25,
    rates: tuple[int, ...] = (5, 10, 20),
    size: int = 96,
    seed: int = 0,
    workers: int = 2,
    moving_camera: bool = False,
) -> dict[str, int]:
    """Render the data set and write its lists; clips that are there already are kept.

    Args:
        out: Folder to fill: ``videos/``, ``classes.txt``, ``hierarchy.csv`` and the lists
            ``train.txt``, ``labelled_XXp.txt``, ``unlabelled_XXp.txt``, ``val.txt``, ``test.txt``.
        train: Training clips per class.
        val: Validation clips per class.
        test: Test clips per class.
        rates: Labelled shares in percent; the smaller list is part of the larger one.
        size: Side of the frames in pixels.
        seed: Same seed, same bytes.
        workers: Processes.
        moving_camera: See :func:`render`.

    Returns:
        Clips in each list.

    Raises:
        ValueError: the folder holds a data set made with other options.
    """
    made_with = dict(train=train, val=val, test=test, size=size, seed=seed)
    check_made_with(out, made_with | (dict(moving_camera=True) if moving_camera else {}))
    videos = out / 'videos'
    videos.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Clip]] = {'train': [], 'val': [], 'test': []}
    jobs: list[Job] = []
    for split, count in (('train', train), ('val', val), ('test', test)):
        for index in range(count):
            for label in range(len(ELEMENTS)):
                name = f'{split}_{label:02d}_{index:03d}.mp4'
                rows[split].append((name, label))
                key = (seed, len(jobs))
                jobs.append(Job(videos / name, label, size, 15, key, moving_camera))
    # A list is written only after its clips, so that a killed run leaves no list to trust.
    todo = [job for job in jobs if not job.path.exists()]
    for _ in in_parallel(render_clip, todo, workers, 'SynthGym'):
        pass
    for rate in rates:
        labelled = max(1, round(train * rate / 100)) * len(ELEMENTS)
        rows[f'labelled_{rate:02d}p'] = rows['train'][:labelled]
        rows[f'unlabelled_{rate:02d}p'] = rows['train'][labelled:]
    for name, clips in rows.items():
        write_list(out / f'{name}.txt', clips)
    write_lines(out / 'classes.txt', [element.name for element in ELEMENTS])
    with open(out / 'hierarchy.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('label', 'event', 'set', 'element'))
        for label, element in enumerate(ELEMENTS):
            writer.writerow((label, element.event, element.group, element.name))
    return {name: len(clips) for name, clips in rows.items()}
