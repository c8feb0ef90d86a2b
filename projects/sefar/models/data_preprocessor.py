"""Normalisation of labelled and unlabelled views."""

from typing import Any

from mmaction.models import ActionDataPreprocessor
from mmaction.registry import MODELS

from sefar.elements import TUBE


@MODELS.register_module()
class SemiSupervisedDataPreprocessor(ActionDataPreprocessor):
    """MMAction2's preprocessor, for each view of a training batch.

    ::

        train  {'labelled': (B_l, 1, C, K, H, W), 'weak': (B_u, …), 'strong': (B_u, …)} uint8
               → the same, float32
               {'strong_tube': (B_u, 1, C, K, H, W)} → bool (B_u, 1, K, H, W), where people are
        test   [...] uint8 (num_clips, C, K, H, W) → (B, num_clips, C, K, H, W) float32

    Arguments: see ``ActionDataPreprocessor`` (``mean``, ``std``, ``format_shape='NCTHW'``, …).

    Raises:
        ValueError: ``blending`` is given, which mixes the labels of a batch.
    """

    def __init__(self, *args: Any, blending: dict | None = None, **kwargs: Any) -> None:
        if blending is not None:
            raise ValueError(
                f'data_preprocessor.blending={blending}: labelled and unlabelled views are not '
                'blended here; take it out, and mix by model.algorithm.mix'
            )
        super().__init__(*args, **kwargs)

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Normalise (and stack, in testing) on the model's device."""
        if not isinstance(data['inputs'], dict):
            return super().forward(data, training)
        data = self.cast_data(data)
        inputs = {
            view: clips[:, :, 0] >= 128
            if view.endswith(TUBE.format(view=''))
            else self.preprocess(list(clips), None, training)[0]
            for view, clips in data['inputs'].items()
        }
        return dict(inputs=inputs, data_samples=data['data_samples'])
