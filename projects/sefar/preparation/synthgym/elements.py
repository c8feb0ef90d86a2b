"""The classes of SynthGym, in three levels as in FineGym: event, set, element."""

from itertools import product
from typing import NamedTuple


class Element(NamedTuple):
    """One class.

    Attributes:
        event: ``'FX'`` (floor exercise) or ``'UB'`` (uneven bars).
        group: The set inside the event.
        shape: ``'tucked'``, ``'piked'`` or ``'stretched'``, the body's shape while it rotates.
        direction: ``'forward'`` or ``'backward'``, as the athlete sees it.
        turns: Whole turns of the body.
    """

    event: str
    group: str
    shape: str
    direction: str
    turns: float

    @property
    def name(self) -> str:
        """The class name, worded as FineGym words its elements."""
        if self.event == 'FX':
            return f'(FX) salto {self.direction} {self.shape} with {self.turns:g} turn'
        return f'(UB) giant circle {self.direction} with {self.turns:g} turn'


_SETS = (
    ('FX', 'salto tucked', 'tucked'),
    ('FX', 'salto piked', 'piked'),
    ('UB', 'giant circles', 'stretched'),
)

ELEMENTS = tuple(
    Element(*group, direction, turns)
    for group, direction, turns in product(_SETS, ('forward', 'backward'), (0.5, 1.0, 1.5))
)
"""All classes; the index is the label."""
