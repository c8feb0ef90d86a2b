"""Packages that only some uses need."""

import importlib
import importlib.metadata
import re
import shlex
from typing import Any


def need(package: str) -> Any:
    """Import an optional package.

    Raises:
        ImportError: it is not installed; says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f'{package} cannot be imported ({error}); install it by pip install '
            f'{shlex.join(_extra_of(package))}'
        ) from error


def _extra_of(package: str) -> list[str]:
    """What the extra of this project that holds a package asks for; else the package's name."""
    try:
        wanted = importlib.metadata.requires('sefar') or []
    except importlib.metadata.PackageNotFoundError:  # imported from a checkout that is on the path
        return [package]
    extras: dict[str, list[str]] = {}
    for line in wanted:
        if found := re.fullmatch(r'(\S+) *; *extra == ["\'](\w+)["\']', line):
            extras.setdefault(found[2], []).append(found[1])
    for extra, names in extras.items():
        if extra != 'test' and any(re.match(rf'{package}\b', name) for name in names):
            return names
    return [package]
