"""Every command says what it does."""

import runpy
import sys

import pytest

from tests.conftest import ROOT

TOOLS = sorted(p for p in (ROOT / 'tools').rglob('*.py') if p.name not in ('train.py', 'test.py'))


@pytest.mark.parametrize('tool', TOOLS, ids=lambda tool: tool.stem)
def test_help(tool, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(tool.parent))  # as if it were called by its path
    module = runpy.run_path(str(tool))
    monkeypatch.setattr(sys, 'argv', [tool.name, '--help'])
    with pytest.raises(SystemExit) as ended:
        module.get('parse_args', module['main'])()
    assert not ended.value.code and 'usage: ' in capsys.readouterr().out
