"""No door reads a file in a way that could run it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEVER = {
    'pickle.load',
    'pickle.loads',
    'mmengine.load',
    'joblib.load',
    'fileio.load',
    'eval',
    'exec',
}
"""Reading that can run what it reads."""


def called(node):
    """``a.b`` of a call ``a.b(…)``, the last two names."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        name = getattr(owner, 'id', getattr(owner, 'attr', ''))
        return f'{name}.{function.attr}'
    return getattr(function, 'id', '')


def doors(source):
    """Lines that read in such a way."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        given = {k.arg: getattr(k.value, 'value', None) for k in node.keywords}
        name = called(node)
        unsafe = name in NEVER
        unsafe |= name == 'torch.load' and given.get('weights_only') is not True
        unsafe |= name == 'np.load' and given.get('allow_pickle', False) is not False
        if unsafe:
            yield node.lineno


def test_the_search_finds_them():
    source = (
        'import torch\nx = torch.load(p)\ny = mmengine.load(p)\nz = np.load(p, allow_pickle=True)'
    )
    assert list(doors(source)) == [2, 3, 4]
    assert not list(doors('torch.load(p, weights_only=True); np.load(p); json.load(f)'))


def test_there_are_none():
    files = [*ROOT.glob('projects/**/*.py'), *ROOT.glob('tools/**/*.py')]
    found = [f'{path}:{line}' for path in files for line in doors(path.read_text())]
    assert len(files) > 150 and not found
