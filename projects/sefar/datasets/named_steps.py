"""Pipelines whose steps have names."""

from collections.abc import Mapping, Sequence

Steps = Sequence[dict] | Mapping[str, dict | None]


def steps_of(steps: Steps) -> list[dict]:
    """Transforms in order, from a list of them or from steps by name.

    ::

        dict(init=dict(type='DecordInit'), flip=dict(), pack=…)   →   [DecordInit, …]

    A name lets a config or ``--cfg-options`` change one step wherever it stands, which an index
    into a list does not. An empty slot, ``dict()`` or ``None``, is left out.

    Args:
        steps: Configs of transforms, as MMAction2 lists them, or by name.

    Raises:
        ValueError: a step is neither a config nor empty; names it.
    """
    if not isinstance(steps, Mapping):
        return list(steps)
    for name, step in steps.items():
        if step and not (isinstance(step, Mapping) and 'type' in step):
            raise ValueError(
                f'pipeline step {name!r}: found {step!r}, wanted dict(type=…), or dict() to leave '
                'it out'
            )
    return [dict(step) for step in steps.values() if step]
