"""The labels' loss after unlabelled clips come in."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import Runner

from sefar.engine import ForgettingHook


def told(epochs, caplog, **options):
    """What is said of epochs of (loss_sup of each step, whether unlabelled clips are due)."""
    hook = ForgettingHook(**options)
    caplog.clear()
    for number, (losses, due) in enumerate(epochs):
        runner = SimpleNamespace(epoch=number, logger=logging.getLogger('forgetting'))
        for loss in losses:
            outputs = dict(loss_sup=torch.tensor(loss), **({'xi': 1.0} if due else {}))
            hook.after_train_iter(runner, 0, outputs=outputs)
        hook.after_train_epoch(runner)
    return [record.getMessage() for record in caplog.records]


def test_a_jump_is_told_once(caplog):
    before = [([2.0, 1.0], False), ([0.3, 0.1], False)]  # the last supervised epoch counts: 0.2
    said = told([*before, ([0.1, 0.3], True), ([1.0, 2.0], True), ([3.0], True)], caplog)
    assert len(said) == 1
    assert said[0].startswith("epoch 4: the labels' loss is 1.5, and was 0.2 before unlabelled")
    assert told([*before, ([0.71], True)], caplog)  # above 3 · 0.2 and 0.2 + 0.5
    assert not told([*before, ([0.69], True)], caplog)  # no rise of 0.5
    assert not told([([0.6], False), ([1.7], True)], caplog)  # not three times as much
    assert told([([0.6], False), ([1.7], True)], caplog, times=2.0)
    assert not told([([0.1], True), ([9.0], True)], caplog)  # nothing to compare with
    with pytest.raises(ValueError, match='times=1, rise=0.5: wanted a factor above 1'):
        ForgettingHook(times=1)


@pytest.mark.parametrize(('gamma', 'rate', 'warned'), [(1.0, 1e-4, False), (30.0, 0.2, True)])
def test_of_a_real_run(tiny, tmp_path, gamma, rate, warned):
    tiny.model.algorithm.gamma_un = gamma
    tiny.model.algorithm.warmup.ramp = 'constant'
    tiny.optim_wrapper.optimizer.update(lr=rate)
    tiny.param_scheduler = []
    if warned:  # the warm-up at a rate that keeps the weights
        tiny.param_scheduler = [dict(type='ConstantLR', factor=1e-4, end=2, by_epoch=True)]
    Runner.from_cfg(tiny).train()
    (log,) = (tmp_path / 'work').glob('2*/*.log')
    assert ('what was learnt of the labels is lost' in log.read_text()) == warned
