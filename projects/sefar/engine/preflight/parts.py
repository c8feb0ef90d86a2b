"""What a data set is made of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset

from sefar.datasets.clip_list_dataset import ClipListDataset
from sefar.datasets.list_checks import ListedClip, listed
from sefar.datasets.semi_supervised_dataset import SemiSupervisedDataset
from sefar.datasets.transforms import DualLevelSampleFrames


def without_cache(config: Mapping[str, Any]) -> Any:
    """Build a data set whose clips are looked for and not read: its frame cache may come later."""
    return DATASETS.build({**config, 'cache': None} if 'cache' in config else config)


def parts_of(dataset: Any) -> list[BaseDataset]:
    """The data sets that a data set is made of."""
    if isinstance(dataset, SemiSupervisedDataset):
        return [dataset.labelled, dataset.unlabelled]
    return [dataset]


def transforms_of(dataset: Any) -> Sequence[Any]:
    """The steps of a data set's pipeline; none where it has no pipeline."""
    return getattr(getattr(dataset, 'pipeline', None), 'transforms', ())


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
