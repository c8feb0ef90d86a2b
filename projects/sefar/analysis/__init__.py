"""Figures of merit that need no training: complexity, reports."""
