"""Temporal perturbations of the strong view (paper, Eq. 6 and Tables 4 and 7)."""

from .base import TemporalPerturbation
from .temporal_drop import TemporalDrop
from .temporal_half import TemporalHalf
from .temporal_reverse_all import TemporalReverseAll
from .temporal_reverse_elements import TemporalReverseElements
from .temporal_shuffle_all import TemporalShuffleAll
from .temporal_shuffle_local import TemporalShuffleLocal
from .temporal_slow_rate import TemporalSlowRate
from .temporal_swap import TemporalSwap
from .temporal_warp import TemporalWarp

__all__ = [
    'TemporalDrop',
    'TemporalHalf',
    'TemporalPerturbation',
    'TemporalReverseAll',
    'TemporalReverseElements',
    'TemporalShuffleAll',
    'TemporalShuffleLocal',
    'TemporalSlowRate',
    'TemporalSwap',
    'TemporalWarp',
]
