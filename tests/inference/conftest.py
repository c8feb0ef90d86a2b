import runpy
import sys

import pytest
from mmengine.runner import Runner

from tests.conftest import ROOT, tiny_config


@pytest.fixture(scope='session')
def trained_run(clips, tmp_path_factory):
    """The work dir of a real run of three epochs, and its config."""
    folder = tmp_path_factory.mktemp('trained') / 'work'
    cfg = tiny_config(clips, folder)
    cfg.test_dataloader.dataset.classes_file = 'classes.txt'
    cfg.val_dataloader.dataset.classes_file = 'classes.txt'
    cfg.train_dataloader.dataset.labelled.classes_file = 'classes.txt'
    Runner.from_cfg(cfg).train()
    return folder, cfg


@pytest.fixture(scope='session')
def checkpoint(trained_run):
    return str(trained_run[0] / 'epoch_3.pth')


@pytest.fixture
def command(monkeypatch, capfd):
    """Run a command of tools/ in this process: exit status, stdout and stderr."""

    def run(name, *words):
        monkeypatch.setattr(sys, 'argv', [name, *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / 'tools' / f'{name}.py'), run_name='__main__')
        return (ended.value.code or 0, *capfd.readouterr())

    return run
