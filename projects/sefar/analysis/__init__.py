"""Figures of merit, reports, and what labelled clips say of themselves."""
