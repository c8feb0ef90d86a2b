"""Losses of unlabelled clips, and they alone, count by ξ; those of pseudo labels also by γ_un."""

import pytest
import torch

from tests.algorithms import staged
from tests.algorithms.staged import CNN, LOW
from tests.algorithms.test_cmpl import NARROW
from tests.algorithms.test_ltg import BLOCK
from tests.algorithms.test_matches import AFTER_WARMUP, data_of, still
from tests.algorithms.test_sefar import NETWORK

OPTIONS = {
    'FixMatch': LOW,
    'FreeMatch': {},
    'SoftMatch': {},
    'AdaMatch': {},
    'ActorCutMix': LOW,
    'TACL': {},
    'VideoSSL': LOW,
    'MvPL': LOW,
    'CMPL': dict(LOW, auxiliary=NARROW),
    'LTG': dict(LOW, blocks=[BLOCK], block_channels=-1),
    'Learn2Augment': LOW,
    'FinePseudo': dict(LOW, neighbours=1, network=CNN),
    'MeanTeacher': {},
    'MeanTeacherDistilled': {},
    'SVFormer': LOW,
    'SeFAR': LOW,
}
LABELLED = ('loss_sup', 'loss_image', 'loss_soft', 'loss_comp', 'loss_select', '_labelled')
"""Ends of the names of labelled clips' losses."""


def losses_of(name, xi=1.0, **options):
    torch.manual_seed(3)
    warmup = dict(epochs=2, ramp='constant')
    model = still(staged.build(name, **{'network': NETWORK, 'warmup': warmup, **options}))
    model.algorithm.unlabelled_weight = lambda progress: xi
    inputs, samples = data_of(model)
    for view in model.algorithm.labelled_views:
        inputs.setdefault(view, torch.randn_like(inputs['labelled']))
    for view in model.algorithm.views:
        inputs.setdefault(view, torch.randn_like(inputs['strong']))
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    return {key: value.item() for key, value in losses.items()}


@pytest.mark.parametrize('name', OPTIONS)
@pytest.mark.parametrize('weight', ['xi', 'gamma_un'])
def test_a_quarter_of_a_weight_gives_a_quarter_of_its_losses(name, weight):
    whole = losses_of(name, **OPTIONS[name], gamma_un=1.0)
    part = losses_of(name, **OPTIONS[name], **{'gamma_un': 1.0, weight: 0.25})
    unlabelled = {key for key in whole if not key.endswith(LABELLED)}
    of_weight = unlabelled if weight == 'xi' else {k for k in unlabelled if k.endswith('loss_un')}
    assert of_weight and all(whole[key] for key in of_weight)
    for key, value in whole.items():
        wanted = value / 4 if key in of_weight else value
        assert part[key] == pytest.approx(wanted, rel=1e-5), key
