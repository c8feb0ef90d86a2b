"""Public data sets as clip lists: one module a source."""

from .common import Scope, SourceError, Summary, write_scope

__all__ = ['Scope', 'SourceError', 'Summary', 'write_scope']
