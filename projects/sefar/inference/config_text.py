"""The config that a checkpoint holds, read as data."""

import ast
import math
import re
from typing import Any

from mmengine.config import Config

_NUMBERS = {'inf': math.inf, 'nan': math.nan}
# A registered name, or one with the scope that its registry belongs to.
_TYPE = re.compile(r'((mmaction|mmengine|mmcv|mmpretrain|timm|torchvision)\.)?\w+')
IMPORTS = ('sefar',)
"""Packages whose import a checkpoint may ask for; they are imported already."""


def read_config_text(text: str, source: str) -> Config:
    """Read a config that MMEngine wrote, without running it.

    A config file is Python and runs. The text in a checkpoint comes from whoever gave the
    checkpoint, so it is taken for what MMEngine writes there: assignments of literals and
    ``dict(…)``. A ``type`` has to be a registered name, since a registry would import whatever
    another one points at.

    Args:
        text: As in ``checkpoint['meta']['cfg']``.
        source: Where it is from, for messages.

    Raises:
        ValueError: it holds anything else.
    """
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise ValueError(f'{source}: its config cannot be read ({error.msg})') from None
    values: dict[str, Any] = {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = _literal(value, source)
            case _:
                raise _refused(statement, source)
    _check_types(values, source)
    _check_imports(values, source)
    return Config(values)


def _literal(node: ast.expr, source: str) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            return [_literal(item, source) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_literal(item, source) for item in items)
        case ast.Set(elts=items):
            return {_literal(item, source) for item in items}
        case ast.Dict(keys=keys, values=items) if None not in keys:
            return {
                _literal(key, source): _literal(item, source)
                for key, item in zip(keys, items, strict=True)
                if key is not None
            }
        case ast.Call(func=ast.Name(id='dict'), args=[], keywords=words) if all(
            word.arg for word in words
        ):
            return {str(word.arg): _literal(word.value, source) for word in words}
        # Keys that are no names: MMEngine writes dict({1: 2}).
        case ast.Call(func=ast.Name(id='dict'), args=[ast.Dict() as mapping], keywords=[]):
            return _literal(mapping, source)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_literal(operand, source)
        case ast.Name(id=name) if name in _NUMBERS:
            return _NUMBERS[name]
    raise _refused(node, source)


def _refused(node: ast.AST, source: str) -> ValueError:
    found = ast.unparse(node)
    shown = found if len(found) < 60 else f'{found[:57]}…'
    return ValueError(
        f'{source}: its config holds more than values ({shown!r}), which could run code; give a '
        'config that you trust by --config'
    )


def _check_types(node: Any, source: str) -> None:
    """Every ``type`` is a plain name."""
    if isinstance(node, dict):
        kind = node.get('type')
        if isinstance(kind, str) and not _TYPE.fullmatch(kind):
            raise ValueError(
                f'{source}: its config wants type={kind!r}, which is no registered name; give a '
                'config that you trust by --config'
            )
    if isinstance(node, (dict, list, tuple)):
        for item in node.values() if isinstance(node, dict) else node:
            _check_types(item, source)


def _check_imports(values: dict[str, Any], source: str) -> None:
    """``custom_imports`` names nothing but this package."""
    imports = (values.get('custom_imports') or {}).get('imports', [])
    names = [imports] if isinstance(imports, str) else list(imports)
    if foreign := [name for name in names if name not in IMPORTS]:
        raise ValueError(
            f'{source}: its config imports {foreign[0]!r}; give a config that you trust by --config'
        )
