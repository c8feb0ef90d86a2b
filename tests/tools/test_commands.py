"""How commands fail, and how runs are named."""

import logging
import sys
from pathlib import Path

import pytest
from rich.table import Table

from sefar.commands import named_folders, run_command, show_table
from sefar.mmaction_tools import BriefFormatter


def failing(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (ValueError('a.txt:3: found x,\n wanted y'), 'tool: a.txt:3: found x, wanted y'),
        (FileNotFoundError('gone'), 'tool: gone'),
        (RuntimeError(), 'tool: RuntimeError'),
        (
            KeyError('Nope is not in the model registry'),
            "tool: 'Nope is not in the model registry'",
        ),
    ],
)
def test_a_mistake_is_one_line_and_status_1(error, line, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['tools/tool.py'])
    with pytest.raises(SystemExit) as ended:
        run_command(failing(error))
    assert ended.value.code == 1
    assert capsys.readouterr().err == f'{line}\n'


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (KeyError('loss'), "tool: KeyError: 'loss'; --debug shows where"),
        (ZeroDivisionError(), 'tool: ZeroDivisionError: no more is known; --debug shows where'),
    ],
)
def test_a_fault_of_ours_is_shown_by_debug(error, line, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['tools/tool.py'])
    with pytest.raises(SystemExit) as ended:
        run_command(failing(error))
    assert ended.value.code == 1 and capsys.readouterr().err == f'{line}\n'
    monkeypatch.setattr(sys, 'argv', ['tools/tool.py', '--debug', 'word'])
    with pytest.raises(SystemExit):
        run_command(failing(error))
    assert sys.argv == ['tools/tool.py', 'word']
    assert 'Traceback' in (said := capsys.readouterr().err) and said.startswith(line)


@pytest.mark.parametrize('status', [None, 0, 1])
def test_the_status_of_a_command_is_its_own(status):
    with pytest.raises(SystemExit) as ended:
        run_command(lambda: status)
    assert (ended.value.code or 0) == (status or 0)


def test_named_folders():
    assert named_folders(['a=x,y', 'b c=z']) == {'a': [Path('x'), Path('y')], 'b c': [Path('z')]}
    for words, message in ((['a'], 'wanted NAME=DIR'), (['a='], 'wanted'), (['=x'], 'wanted')):
        with pytest.raises(ValueError, match=message):
            named_folders(words)
    with pytest.raises(ValueError, match="'a' stands twice"):
        named_folders(['a=x', 'a=y'])


@pytest.mark.parametrize(
    ('level', 'message', 'shown'),
    [
        (logging.INFO, 'one\ntwo', 'INFO - one\ntwo'),
        (logging.INFO, '\n----\nConfig:\n' + 'x\n' * 9, 'INFO - Config: 12 lines, in the log file'),
        (logging.WARNING, 'a\n' * 9, 'WARNING - ' + 'a\n' * 9),
    ],
)
def test_long_messages_are_shown_by_their_title(level, message, shown):
    record = logging.LogRecord('x', level, 'f', 1, message, (), None)
    inner = logging.Formatter('%(levelname)s - %(message)s')
    assert BriefFormatter(inner).format(record) == shown


def test_a_table_is_cut_by_a_terminal_alone(capsys, monkeypatch):
    table = Table('a word')
    table.add_row(' '.join(['long'] * 60))
    show_table(table)
    assert ' '.join(['long'] * 60) in capsys.readouterr().out
    monkeypatch.setenv('FORCE_COLOR', '1')  # rich takes it for a terminal
    monkeypatch.setenv('COLUMNS', '50')
    show_table(table)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 10 and max(map(len, lines)) < 80
