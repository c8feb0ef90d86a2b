"""Collation of labelled and unlabelled samples."""

from collections import defaultdict
from typing import Any

from mmengine.registry import FUNCTIONS


@FUNCTIONS.register_module()
def semi_supervised_collate(batch: list[dict[str, Any] | None]) -> dict[str, dict[str, list]]:
    """Group a mixed batch by view.

    ::

        inputs:       {'labelled': [l1, l2, …], 'weak': [u1, u2, …], 'strong': [u1, u2, …]}
        data_samples: {'labelled': [l1, l2, …], 'unlabelled': [u1, u2, …]}

    Samples that the step does not use are ``None`` and left out.

    Args:
        batch: Samples whose ``inputs`` map view names to uint8 tensors (1, C, K, H, W), and their
            ``data_samples``.
    """
    inputs: dict[str, list] = defaultdict(list)
    data_samples: dict[str, list] = defaultdict(list)
    for sample in filter(None, batch):
        for view, tensor in sample['inputs'].items():
            inputs[view].append(tensor)
        kind = 'labelled' if 'labelled' in sample['inputs'] else 'unlabelled'
        data_samples[kind].append(sample['data_samples'])
    return dict(inputs=dict(inputs), data_samples=dict(data_samples))
