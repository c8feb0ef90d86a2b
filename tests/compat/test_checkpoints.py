"""Checkpoints of the stack."""

import os
import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

from sefar.compat import checkpoints

from . import python


@pytest.fixture
def checkpoint(tmp_path):
    buffer = HistoryBuffer([1.0, 2.0], [1, 1])
    state = dict(
        state_dict=dict(w=torch.ones(2)), message_hub=dict(loss=buffer), lr=np.float64(0.5)
    )
    path = tmp_path / 'epoch_1.pth'
    torch.save(state, path)
    return str(path)


def test_mmengine_checkpoints_load_weights_only(checkpoint):
    code = f'import torch, mmengine; torch.load({checkpoint!r}, weights_only=True)'
    broken = python(code)
    assert 'Weights only load failed' in broken.stderr
    state = CheckpointLoader.load_checkpoint(checkpoint)
    assert state['message_hub']['loss'].mean() == 1.5
    assert state['lr'] == 0.5


class Evil:
    def __reduce__(self):
        return os.mkdir, ('evil-was-here',)


class ReachesForGlobals:
    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


@pytest.mark.parametrize('payload', [Evil, ReachesForGlobals])
def test_a_checkpoint_that_wants_to_run_code_is_refused(tmp_path, monkeypatch, payload):
    monkeypatch.chdir(tmp_path)
    torch.save(dict(state_dict={}, extra=payload()), 'evil.pth')
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '0')
    with pytest.raises(ValueError, match='evil.pth: refused, because it holds more than weights'):
        CheckpointLoader.load_checkpoint('evil.pth')
    assert not (tmp_path / 'evil-was-here').exists()


def test_downloaded_checkpoints_are_refused_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(dict(extra=Evil()), 'evil.pth')
    url = (tmp_path / 'evil.pth').as_uri()
    from mmengine.runner import checkpoint as mmengine_checkpoint

    with pytest.raises(pickle.UnpicklingError):
        mmengine_checkpoint.load_url(url, model_dir=str(tmp_path / 'hub'))
    assert not (tmp_path / 'evil-was-here').exists()


def test_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match=r'nowhere.pth: no such checkpoint; check the path'):
        CheckpointLoader.load_checkpoint('nowhere.pth')


def test_only_the_statistics_of_a_history_buffer_are_reached():
    assert checkpoints.history_statistic(HistoryBuffer, 'mean') is HistoryBuffer.mean
    for owner, name in ((HistoryBuffer, '__init__'), (os, 'min')):
        with pytest.raises(pickle.UnpicklingError):
            checkpoints.history_statistic(owner, name)


def test_checkpoints_of_numpy_1_and_2_are_read():
    allowed = {
        item[1] for item in torch.serialization.get_safe_globals() if isinstance(item, tuple)
    }
    for core in ('core', '_core'):
        for name in ('_reconstruct', 'scalar'):
            assert f'numpy.{core}.multiarray.{name}' in allowed
