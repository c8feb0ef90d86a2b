"""Names of an earlier release; each stops with one line that says the new one."""

from collections.abc import Iterable
from typing import Any

from mmaction.registry import DATA_SAMPLERS, METRICS, MODELS
from mmengine.registry import Registry

_IN_ALGORITHM = 'model.algorithm'
_FIELDS = {
    'regulation': f'{_IN_ALGORITHM}.pseudo_labels (who labels) and .consistency (the loss)',
    'mix': f'{_IN_ALGORITHM}.mix, whose `grid` follows from `cell`',
    'mix_loss': f'{_IN_ALGORITHM}.mix_loss',
    'momentum': f'{_IN_ALGORITHM}.ema.momentum',
    'num_predictions': f'{_IN_ALGORITHM}.pseudo_labels.num_predictions',
    'gamma_un': f'{_IN_ALGORITHM}.gamma_un',
    'gamma_mix': f'{_IN_ALGORITHM}.gamma_mix',
    'ramp': f'{_IN_ALGORITHM}.warmup.ramp',
    'warmup_epochs': f'{_IN_ALGORITHM}.warmup.epochs, or the algorithm Supervised',
    'flip_label_map': f'{_IN_ALGORITHM}.flip_label_map',
}
_TYPES: tuple[tuple[Registry, str, str], ...] = (
    (MODELS, 'FixedThresholdLoss', 'FixedThreshold, as pseudo_labels of an algorithm'),
    (MODELS, 'MeanTeacherLoss', 'the algorithm MeanTeacher'),
    (METRICS, 'BranchAccMetric', 'NetworkAccMetric, one for all networks and without `branch`'),
    (DATA_SAMPLERS, 'EpochSeededSampler', 'RatioSampler'),
)


def refuse_renamed(fields: Iterable[str]) -> None:
    """Refuse fields of the recognizer that have moved, or that it never had.

    Raises:
        ValueError: there is one; says where it is now.
    """
    for field in fields:
        if field in _FIELDS:
            raise ValueError(f'model.{field} is now {_FIELDS[field]} (CHANGELOG.md)')
        raise ValueError(
            f'model.{field}: a SemiSupervisedRecognizer has no such field; those of a method '
            f'belong to {_IN_ALGORITHM}'
        )


def _register(registry: Registry, old: str, new: str) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ValueError(f'{old} is now {new} (CHANGELOG.md)')

    registry.register_module(name=old, module=refuse)


for _registry, _old, _new in _TYPES:
    _register(_registry, _old, _new)
