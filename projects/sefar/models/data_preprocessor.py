"""Normalisation of labelled and unlabelled views."""

from typing import Any

import torch
from mmaction.models import ActionDataPreprocessor
from mmaction.registry import MODELS

from sefar.elements import TUBE


@MODELS.register_module()
class SemiSupervisedDataPreprocessor(ActionDataPreprocessor):
    """MMAction2's preprocessor, for each view of a training batch.

    ::

        train  {'labelled': [...], 'weak': [...], 'strong': [...]} uint8 (1, C, K, H, W) each
               → {'labelled': (B_l, 1, C, K, H, W), 'weak': (B_u, …), 'strong': (B_u, …)} float32
               {'strong_tube': [...]} → bool (B_u, 1, K, H, W), where people are
        test   [...] uint8 (views, C, K, H, W) → (B, views, C, K, H, W) float32

    Arguments: see ``ActionDataPreprocessor`` (``mean``, ``std``, ``format_shape='NCTHW'``, …).
    """

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Stack and normalise on the model's device."""
        if not isinstance(data['inputs'], dict):
            return super().forward(data, training)
        data = self.cast_data(data)
        inputs = {
            view: torch.stack(tensors)[:, :, 0] >= 128
            if view.endswith(TUBE.format(view=''))
            else self.preprocess(tensors, None, training)[0]
            for view, tensors in data['inputs'].items()
        }
        return dict(inputs=inputs, data_samples=data['data_samples'])
