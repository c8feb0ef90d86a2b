"""Metrics."""

from .branch_acc_metric import BranchAccMetric

__all__ = ['BranchAccMetric']
