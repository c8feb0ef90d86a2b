"""Metrics."""

from .network_acc_metric import NetworkAccMetric, network_scores

__all__ = ['NetworkAccMetric', 'network_scores']
