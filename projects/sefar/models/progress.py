"""How far a run has come."""

from typing import NamedTuple

from mmengine.logging import MessageHub


class Progress(NamedTuple):
    """How far a run has come.

    Attributes:
        epoch: Epoch that runs now, from 0.
        max_epochs: Epochs of the whole run.
        max_steps: Optimiser steps of the whole run; ``None`` where nobody asks for them.
    """

    epoch: int
    max_epochs: int
    max_steps: int | None = None

    @classmethod
    def now(cls) -> 'Progress':
        """As the runner publishes it; no component counts by itself."""
        hub = MessageHub.get_current_instance()
        return cls(hub.get_info('epoch'), hub.get_info('max_epochs'))
