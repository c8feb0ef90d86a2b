"""A loss that is no number stops the run, on real clips."""

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner


def test_it_names_the_step_and_the_clips_of_its_batch(tiny, tmp_path):
    tiny.optim_wrapper.optimizer.lr = 1e30
    runner = Runner.from_cfg(tiny)
    with pytest.raises(FloatingPointError) as told:
        runner.train()
    text = str(told.value)
    assert text.startswith('step 2: the loss is not finite (') and 'Nothing was saved.' in text
    named = [f'labelled_{i}.mp4' for i in range(6) if f'labelled_{i}.mp4' in text]
    assert len(named) == 2 and '\n' not in text  # two labelled clips a batch of eight
    assert not list((tmp_path / 'work').glob('*.pth'))


class SpoilHook(Hook):
    """Spoils a statistic in the second epoch, which no loss shows in training."""

    def after_train_iter(self, runner, *args, **kwargs):
        if runner.iter == 4:
            buffers = runner.model.named_buffers()
            self.name, buffer = next((n, b) for n, b in buffers if n.endswith('running_var'))
            buffer.fill_(float('inf'))


def test_weights_are_looked_at_before_they_are_saved(tiny, tmp_path):
    runner = Runner.from_cfg(tiny)
    spoil = SpoilHook()
    runner.register_hook(spoil)
    with pytest.raises(FloatingPointError, match='epoch 2: .* not finite.*epoch_1.pth'):
        runner.train()
    (saved,) = (tmp_path / 'work').glob('epoch_*.pth')
    weights = torch.load(saved, weights_only=True)['state_dict']
    assert saved.name == 'epoch_1.pth' and torch.isfinite(weights[spoil.name]).all()
