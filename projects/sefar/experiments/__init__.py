"""The paper's tables and figures as sets of runs."""

from .launch import Launcher
from .plan import Run, plan
from .tables import TABLES, Row, Table

__all__ = ['TABLES', 'Launcher', 'Row', 'Run', 'Table', 'plan']
