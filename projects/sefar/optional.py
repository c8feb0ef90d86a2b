"""Packages that only some uses need."""

import importlib
from typing import Any


def need(package: str, extra: str = 'mllm') -> Any:
    """Import an optional package.

    Raises:
        ImportError: it is not installed; says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f"{package} cannot be imported ({error}); install it by pip install -e '.[{extra}]'"
        ) from error
