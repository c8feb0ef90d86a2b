"""A run as a person at a terminal sees it."""

import fcntl
import gc
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import weakref

import pytest
from mmengine.runner import Runner

from sefar.mmaction_tools import brief_console, either_resumes_or_loads, interrupted
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
    work_dirs = [str(tmp_path / name) for name in ('stages/start', 'w')]
    assert interrupted(work_dirs) == 130 and 'to begin again' in capsys.readouterr().err
    (tmp_path / 'stages/start').mkdir(parents=True)
    (tmp_path / 'stages/start/last_checkpoint').write_text('stages/start/epoch_3.pth')
    assert interrupted(work_dirs) == 130
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


def test_who_shortens_messages_keeps_no_run_alive(tiny, monkeypatch):
    """Workers and memory of a stage end with its runner."""
    monkeypatch.setattr(Runner, 'build_logger', Runner.build_logger)  # as it was, afterwards
    work_dirs = brief_console()
    runner = Runner.from_cfg(tiny)
    alive = weakref.ref(runner)
    del runner
    gc.collect()
    assert alive() is None and work_dirs == [tiny.work_dir]


def test_a_job_that_always_resumes_begins_with_its_weights(tmp_path):
    config = tmp_path / 'own.py'
    config.write_text("load_from = 'w.pth'\n")
    words = [str(config), '--resume', '--work-dir', str(tmp_path / 'work'), '--seed', '3']
    begins = [word for word in words if word != '--resume']
    assert either_resumes_or_loads(words) == begins
    (tmp_path / 'work/stages/start').mkdir(parents=True)
    (tmp_path / 'work/stages/start/last_checkpoint').write_text('epoch_1.pth')
    assert either_resumes_or_loads(words) == words
    named = [*words, '--cfg-options', 'load_from=v.pth', 'train_cfg.max_epochs=4']
    resumes = [*words, '--cfg-options', 'load_from=None', 'train_cfg.max_epochs=4']
    assert either_resumes_or_loads(named) == resumes
    elsewhere = f'work_dir={tmp_path}/other'
    assert either_resumes_or_loads([*named, elsewhere]) == [w for w in named if w != '--resume'] + [
        elsewhere
    ]
    for auto in (['--resume', 'auto'], ['--resume=auto']):
        assert either_resumes_or_loads([*words[:1], *auto, elsewhere]) == [*words[:1], elsewhere]
    config.write_text('')
    assert either_resumes_or_loads(words) == words  # nothing to begin with
    for plain in ([str(config)], [*words[:1], '--resume', 'epoch_2.pth', *named[-3:]]):
        assert either_resumes_or_loads(plain) == plain
