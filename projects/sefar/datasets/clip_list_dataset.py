"""Base of the data sets that read clip lists."""

import os.path as osp
from typing import Any

from mmaction.datasets.base import BaseActionDataset

from .clip_lists import iter_clip_list, named, read_class_names
from .clip_table import ClipTable
from .named_steps import Steps, steps_of
from .seeding import seeded_draws


class ClipReadError(RuntimeError):
    """A clip that a run cannot do without cannot be read."""


class ClipListDataset(BaseActionDataset):
    """Videos named in a clip list; each sample's random draws come from its own seed.

    Args:
        ann_file: Clip list, see :func:`iter_clip_list`; ``{share}`` and ``{draw}`` in its name are
            those below.
        pipeline: Transforms, a list or by name, see :func:`steps_of`.
        num_classes: Labels must lie in [0, num_classes).
        classes_file: Class names, one a line; they make messages readable.
        data_prefix: Folder of the clips, ``dict(video=…)``, under ``data_root``.
        cache: Frames decoded once, ``dict(folder=…, short_side=…, fps=…)``, see
            :class:`FrameCache`; they stand in the decoder's place.
        share: Labelled share in percent, where the name asks for it.
        draw: Number of the draw, likewise.
        kwargs: See MMAction2's ``BaseActionDataset`` (``data_root``, ``test_mode``, …).
    """

    labels_required = True

    def __init__(
        self,
        ann_file: str,
        pipeline: Steps,
        num_classes: int | None = None,
        classes_file: str | None = None,
        data_prefix: dict | None = None,
        cache: dict | None = None,
        share: float | None = None,
        draw: int | None = None,
        **kwargs: Any,
    ) -> None:
        metainfo = dict(kwargs.pop('metainfo', None) or {})
        if classes_file is not None:
            metainfo['classes'] = read_class_names(
                osp.join(kwargs.get('data_root') or '', classes_file)
            )
            if num_classes is not None and len(metainfo['classes']) != num_classes:
                raise ValueError(
                    f'{classes_file}: {len(metainfo["classes"])} class names but '
                    f'num_classes={num_classes}; make them agree'
                )
        steps = steps_of(pipeline)
        if cache:
            steps = from_cache(steps, **cache)
        super().__init__(
            named(ann_file, share, draw),
            pipeline=steps,
            data_prefix=data_prefix or dict(video=''),
            num_classes=num_classes,
            metainfo=metainfo,
            serialize_data=False,  # a ClipTable is smaller
            **kwargs,
        )

    def load_data_list(self) -> ClipTable:
        """Read and check the clip list."""
        entries = iter_clip_list(self.ann_file, self.num_classes, self.labels_required)
        return ClipTable(entries, self.data_prefix['video'] or '')

    def __getitem__(self, idx: int) -> Any:
        """Return the sample at ``idx``; a :class:`SeededIndex` fixes its random draws."""
        with seeded_draws(idx):
            return super().__getitem__(int(idx))

    def place(self, info: dict) -> str:
        """Where a clip is named, as ``list:line: path``, for messages."""
        return f'{self.ann_file}:{info["line"]}: {info["filename"]}'


def from_cache(
    steps: list[dict], folder: str, short_side: int | None = None, fps: float | None = None
) -> list[dict]:
    """Steps that read a cache instead of opening and decoding a clip.

    Raises:
        ValueError: the steps open no video.
    """
    kinds = [str(step['type']).rpartition('.')[2] for step in steps]
    if not any(kind.endswith('Init') for kind in kinds):
        raise ValueError('cache: the pipeline opens no video (DecordInit); take the cache out')
    init = dict(
        type='FrameCacheInit',
        folder=folder,
        short_side=short_side,
        fps=fps,
        flow='OpticalFlow' in kinds,
    )
    stands_in = {'Init': init, 'Decode': dict(type='ArrayDecode')}
    return [
        next((new for ending, new in stands_in.items() if kind.endswith(ending)), step)
        for kind, step in zip(kinds, steps, strict=True)
    ]
