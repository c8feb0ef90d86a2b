"""Pipelines whose steps have names."""

from collections.abc import Mapping, Sequence
from typing import Any

Steps = Sequence[dict] | Mapping[str, dict | None]

SLOTS = (
    'init',
    'sample',
    'motion',
    'gradient',
    'decode',
    'tubes',
    'split',
    'reverse',
    'temporal',
    'resize',
    'rescale',
    'crop',
    'flip',
    'strength',
    'format',
    'pack',
)
"""Names of steps, in the order in which they run."""


def steps_of(steps: Steps) -> list[dict]:
    """Transforms in order, from a list of them or from steps by name.

    ::

        dict(decode=dict(type='DecordDecode'), flip=dict(), init=dict(type='DecordInit'))
        →   [DecordInit, DecordDecode]

    A name lets a config or ``--cfg-options`` change one step wherever it stands, which an index
    into a list does not. Steps run in the order of ``SLOTS``, not in that of the dict, which
    MMEngine sorts when it writes a config. An empty slot, ``dict()`` or ``None``, is left out.

    Args:
        steps: Configs of transforms, as MMAction2 lists them, or by name.

    Raises:
        ValueError: a name is none of ``SLOTS``, or a step is neither a config nor empty.
    """
    if not isinstance(steps, Mapping):
        return list(steps)
    for name, step in steps.items():
        if name not in SLOTS:
            raise ValueError(
                f'pipeline step {name!r}: wanted one of {", ".join(SLOTS)}; for other steps write '
                'the pipeline as a list'
            )
        if step and not (isinstance(step, Mapping) and 'type' in step):
            raise ValueError(
                f'pipeline step {name!r}: found {step!r}, wanted dict(type=…), or dict() to leave '
                'it out'
            )
    filled = [steps.get(name) for name in SLOTS]
    return [dict(step) for step in filled if step]


def nested(step: Any) -> list[Any]:
    """A transform, and all that it wraps, as ``RandomApply`` does."""
    return [step, *(inner for part in getattr(step, 'transforms', ()) for inner in nested(part))]
