"""Where the people of a clip are, from a file."""

import csv
import os
from collections import defaultdict
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from mmaction.registry import TRANSFORMS

from sefar.datasets.clip_parts import UNTIMED, part_of
from sefar.elements import TUBE

from .companion import AddsCompanion, Companion

COLUMNS = ('clip', 'seconds', 'x1', 'y1', 'x2', 'y2')


class Boxes(NamedTuple):
    """People of a clip.

    Attributes:
        seconds: float64 (N, ), of each box, in ascending order.
        corners: float64 (N, 4), x1, y1, x2, y2 in [0, 1]; NaN where nobody is there.
    """

    seconds: np.ndarray
    corners: np.ndarray

    def mask(self, second: float, height: int, width: int) -> np.ndarray:
        """The boxes of the nearest moment, bool (height, width)."""
        moment = self.seconds[np.abs(self.seconds - second).argmin()]
        mask = np.zeros((height, width), bool)
        for x1, y1, x2, y2 in self.corners[self.seconds == moment]:
            if not np.isnan(x1):
                rows = slice(int(np.floor(y1 * height)), int(np.ceil(y2 * height)))
                mask[rows, int(np.floor(x1 * width)) : int(np.ceil(x2 * width))] = True
        return mask


def read_boxes(file: str) -> dict[str, Boxes]:
    """Read a table of boxes, ``clip,seconds,x1,y1,x2,y2``, by clip.

    As in AVA, corners are shares of width and height, and time is in seconds of the video. Several
    rows of one moment are several people; a row without corners says that nobody is there then.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a row says something else; the line is named.
    """
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    with open(file, newline='') as rows:
        reader = csv.reader(rows)
        if (header := next(reader, [])) != list(COLUMNS):
            raise ValueError(
                f'{file}:1: found the columns {",".join(header)}; wanted {",".join(COLUMNS)}'
            )
        for row in reader:
            if row:
                try:
                    found[row[0]].append(_box(row))
                except ValueError as error:
                    raise ValueError(
                        f'{file}:{reader.line_num}: found {",".join(row)}; wanted a clip, its time '
                        'in seconds, and 0 <= x1 < x2 <= 1, 0 <= y1 < y2 <= 1 as shares of width '
                        'and height, or no corners where nobody is there'
                    ) from error
    tables = {clip: np.array(sorted(boxes, key=itemgetter(0))) for clip, boxes in found.items()}
    return {clip: Boxes(table[:, 0], table[:, 1:]) for clip, table in tables.items()}


def _box(row: Sequence[str]) -> tuple[float, ...]:
    """Seconds and corners of a row.

    Raises:
        ValueError: it is none.
    """
    clip, seconds, *corners = row
    if len(corners) != 4 or not clip or not 0 <= float(seconds) < np.inf:
        raise ValueError
    if not any(corners):
        return (float(seconds), *[np.nan] * 4)
    x1, y1, x2, y2 = map(float, corners)
    if not (0 <= x1 < x2 <= 1 and 0 <= y1 < y2 <= 1):
        raise ValueError
    return float(seconds), x1, y1, x2, y2


@TRANSFORMS.register_module()
class HumanTubes(AddsCompanion):
    """Add where people are to every view of a clip, by the boxes of any detector or tracker.

    ::

        imgs ─┬─ SplitViews ─ strong       uint8 (1, 3, K, H, W)
        tube ─┘               strong_tube  uint8 (1, 3, K, H, W), 255 where people are

    A tube goes with its frames through whatever moves them: order, size, crop, mirror and
    RandAugment's geometry, by the same draws. Place it before :class:`SplitViews` (the slot
    ``tubes``). A frame takes the boxes of the nearest moment in the file. :class:`ActorCutMix` and
    :class:`Learn2Augment` look at tubes where there are some, else at what moves.

    Required Keys:

        - imgs, frame_inds, total_frames, avg_fps, filename

    Added Keys:

        - companions (dict): ``tube``, of uint8 (H, W, 3) for each of ``imgs``

    Args:
        ann_file: See :func:`read_boxes`.
        root: Folder that the file's clips are named in; ``''`` where it names whole paths.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: see :func:`read_boxes`; a clip has no boxes, boxes after its end, or no frame
            rate.
    """

    view_name = TUBE

    def __init__(self, ann_file: str, root: str = '') -> None:
        self.ann_file = ann_file
        self.root = root
        self.boxes = read_boxes(ann_file)

    def boxes_of(self, path: str) -> Boxes:
        """Boxes of a clip, or of the video that it is a part of.

        Raises:
            ValueError: the file has none.
        """
        video = part_of(path).file
        name = os.path.relpath(video, self.root) if self.root else video
        if name not in self.boxes:
            raise ValueError(
                f'{self.ann_file}: has no row of {name}; where nobody is in it, say so by a row '
                f'{name},0,,,,'
            )
        return self.boxes[name]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Draw the boxes of each frame."""
        boxes = self.boxes_of(results['filename'])
        if not results['avg_fps'] > 0:
            raise ValueError(f'{results["filename"]}: {UNTIMED}')
        length = results['total_frames'] / results['avg_fps']
        whole = part_of(results['filename']).start is None
        if whole and boxes.seconds[-1] > length + 1:
            raise ValueError(
                f'{self.ann_file}: {results["filename"]} has boxes at {boxes.seconds[-1]:g} s, its '
                f'video lasts {length:.1f}; wanted seconds of the video, no numbers of frames'
            )
        tube = []
        for frame, second in zip(
            results['imgs'], results['frame_inds'] / results['avg_fps'], strict=True
        ):
            mask = boxes.mask(second, *frame.shape[:2])
            tube.append(np.repeat(mask[..., None] * np.uint8(255), 3, -1))
        results.setdefault('companions', {})['tube'] = Companion(tube)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(ann_file={self.ann_file!r}, root={self.root!r})'
