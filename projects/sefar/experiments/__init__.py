"""The paper's tables and figures as sets of runs."""

from .runs import Launcher, Run, plan
from .tables import TABLES, Row, Table

__all__ = ['TABLES', 'Launcher', 'Row', 'Run', 'Table', 'plan']
