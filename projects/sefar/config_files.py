"""Configs, read so that a wrong file is told in one line."""

import ast
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from .config_values import check_options

SUFFIXES = ('.py', '.json', '.yaml', '.yml')


def check_config_file(path: str | os.PathLike[str]) -> None:
    """A file can be read as a config, as far as looking at its text tells.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none of :data:`SUFFIXES`, no text, or no Python.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f'{path}: no such config file')
    if file.suffix not in SUFFIXES:
        raise ValueError(f'{path}: is no config; wanted a file named {", ".join(SUFFIXES)}')
    try:
        text = file.read_text(encoding='utf-8')
        if file.suffix == '.py':
            ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = f':{error.lineno}' if isinstance(error, SyntaxError) and error.lineno else ''
        raise ValueError(f'{path}{line}: is no config: {error}') from None
    if not text.strip():
        raise ValueError(f'{path}: is empty; wanted a config')


def read_config(
    path: str | os.PathLike[str],
    parts: Sequence[str] = ('model',),
    options: Mapping[str, Any] | None = None,
) -> Config:
    """Read a config.

    Args:
        path: The file.
        parts: Top-level fields that it must have.
        options: Of ``--cfg-options``, merged into it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no config, or lacks a part; or an option would do nothing.
    """
    check_config_file(path)
    check_options(options or ())
    cfg = Config.fromfile(os.fspath(path))
    if absent := [part for part in parts if part not in cfg]:
        raise ValueError(f'{path}: has no {", ".join(absent)}; take a config of a training')
    cfg.merge_from_dict(options or {})
    return cfg
