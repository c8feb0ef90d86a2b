"""A run as a person at a terminal sees it."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from types import SimpleNamespace

import pytest

from sefar.mmaction_tools import interrupted
from tests.conftest import ROOT, tiny_config


@pytest.fixture
def terminal(clips, tmp_path):
    """Train at a terminal of 100 columns; Ctrl-C when the text given appears."""
    cfg = tiny_config(clips, tmp_path / 'work')
    cfg.dump(tmp_path / 'config.py')

    def run(*words, interrupt_at=None):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 0, 0))
        command = [
            sys.executable,
            str(ROOT / 'tools/train.py'),
            str(tmp_path / 'config.py'),
            *words,
        ]
        process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            # Of a job in the background, which the tests may be, Ctrl-C is no business.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(slave)
        text = ''
        while True:
            try:
                read = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            text += read.decode(errors='replace')
            if interrupt_at is not None and interrupt_at in text:
                process.send_signal(signal.SIGINT)
                interrupt_at = None
        os.close(master)
        return process.wait(), text

    return run, tmp_path / 'work'


def test_a_bar_and_few_lines(terminal):
    run, work = terminal
    status, text = run()
    assert status == 0, text[-2000:]
    before = text.split('train:', 1)[0]
    assert len(before.splitlines()) < 30 and 'deprecated' not in text
    assert f'files go to {work}' in before and '9/9' in text and 'teacher ' in text
    assert 'Epoch(train)' not in text
    assert next(work.glob('*/*.log')).read_text().count('Epoch(train)') == 9
    status, text = run('--resume')
    assert status == 0 and 'nothing to train: ' in text and 'has all of its 3 epochs' in text


def test_ctrl_c_early_in_a_stage_knows_of_the_stages_before(tmp_path, capsys):
    runners = [SimpleNamespace(work_dir=str(tmp_path / name)) for name in ('stages/start', 'w')]
    assert interrupted(runners) == 130 and 'to begin again' in capsys.readouterr().err
    (tmp_path / 'stages/start').mkdir(parents=True)
    (tmp_path / 'stages/start/last_checkpoint').write_text('stages/start/epoch_3.pth')
    assert interrupted(runners) == 130
    assert 'to go on: the same command with --resume' in capsys.readouterr().err


def test_ctrl_c_says_what_was_saved(terminal):
    run, work = terminal
    longer = ('--cfg-options', 'train_cfg.max_epochs=6')  # does not end before it is stopped
    status, text = run(*longer, interrupt_at='Saving checkpoint at 2 epochs')
    *_, stopped, saved, again = (line for line in text.splitlines() if line.strip())
    assert status == 130 and stopped == 'stopped; train was interrupted'
    assert saved.startswith(f'saved: {work}/epoch_')
    assert again == 'to go on: the same command with --resume'
    assert 'Traceback' not in text
    status, text = run('--resume', *longer)
    assert status == 0 and (work / 'epoch_6.pth').exists()
