"""Features of clips for other models: extraction, storage, reading back."""

from .extractor import KINDS, FeatureExtractor
from .store import FeatureStore, extract

__all__ = ['KINDS', 'FeatureExtractor', 'FeatureStore', 'extract']
