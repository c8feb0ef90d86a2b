"""Metrics."""

from .network_acc_metric import NetworkAccMetric, mean_class_accuracy, network_scores

__all__ = ['NetworkAccMetric', 'mean_class_accuracy', 'network_scores']
