"""Collation of labelled and unlabelled samples."""

from collections import defaultdict
from typing import Any

from mmengine.registry import FUNCTIONS
from torch.utils.data import default_collate


@FUNCTIONS.register_module()
def semi_supervised_collate(batch: list[dict[str, Any] | None]) -> dict[str, dict]:
    """Stack a mixed batch by view.

    ::

        inputs:       {'labelled': (B_l, 1, C, K, H, W), 'weak': (B_u, …), 'strong': (B_u, …)}
        data_samples: {'labelled': [l1, l2, …], 'unlabelled': [u1, u2, …]}

    Samples that the step does not use are ``None`` and left out. Views are stacked here, in the
    loading process: each tensor that crosses to the training one costs it a file descriptor.

    Args:
        batch: Samples whose ``inputs`` map view names to uint8 tensors (1, C, K, H, W), and their
            ``data_samples``.

    Raises:
        RuntimeError: clips of one view differ in shape.
    """
    inputs: dict[str, list] = defaultdict(list)
    data_samples: dict[str, list] = defaultdict(list)
    for sample in filter(None, batch):
        for view, tensor in sample['inputs'].items():
            inputs[view].append(tensor)
        kind = 'labelled' if 'labelled' in sample['inputs'] else 'unlabelled'
        data_samples[kind].append(sample['data_samples'])
    return dict(
        inputs={view: default_collate(tensors) for view, tensors in inputs.items()},
        data_samples=dict(data_samples),
    )
