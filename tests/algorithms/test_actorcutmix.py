"""ActorCutMix: tubes by hand, and the loss of pasted clips."""

import pytest
import torch
import torch.nn.functional as F

from sefar.models.actor_mix import ActorMix
from tests.algorithms.test_matches import AFTER_WARMUP, build, data_of, still


def walking(background, size=20, frames=5):
    """A square of 4 pixels that walks 3 pixels a frame: (1, 1, 3, K, H, W)."""
    clip = torch.full((1, 1, 3, frames, size, size), float(background))
    for k in range(frames):
        clip[..., k, 8:12, 3 * k : 3 * k + 4] = 1.0
    return clip


def test_a_tube_surrounds_what_moves():
    clip = walking(0)
    clip[..., 2, 18, 18] = 9.0  # a pixel of noise
    tubes = ActorMix().tubes(clip)[0, 0]
    for k, tube in enumerate(tubes):
        rows, cols = tube.nonzero().unbind(1)
        # The majority of nine rounds the corners off and leaves the sides.
        assert (rows.min(), rows.max()) == (8, 11)
        assert (cols.min(), cols.max()) == (3 * k, 3 * k + 3)
        assert tube.sum() == 16  # a box, corners and all
    assert not ActorMix().tubes(torch.ones(1, 1, 3, 5, 20, 20)).any()


def test_the_actor_is_pasted_and_keeps_its_class_by_area():
    torch.manual_seed(0)
    clips = torch.cat([walking(0), walking(-1).flip(3), torch.full((1, 1, 3, 5, 20, 20), 7.0)])
    mix = ActorMix()
    mixed = mix(clips)
    tubes = mix.tubes(clips)
    for b, partner in enumerate(mixed.partner):
        inside = tubes[b, :, None].expand_as(clips[b])
        assert (mixed.inputs[b][inside] == clips[b][inside]).all()
        assert (mixed.inputs[b][~inside] == clips[partner][~inside]).all()
    r = 16 / 400
    assert mixed.ratio.tolist() == pytest.approx([1 - (r - 1) ** 4] * 2 + [0.0])
    assert mixed.blend(torch.tensor([1.0, 2.0, 3.0])).shape == (3,)


def test_the_loss_by_value(monkeypatch):
    model = still(build('ActorCutMix', gamma_un=0.7, pseudo_labels=RULE))
    inputs, samples = data_of(model)
    drawn = model.algorithm.mix(inputs['strong'])._replace(
        ratio=torch.tensor([0.9, 0.5, 0.0, 1.0, 0.2])
    )
    monkeypatch.setattr(model.algorithm.mix, 'forward', lambda clips, tubes: drawn)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    student = model.algorithm.student
    confidence, labels = student(inputs['weak'], stage='head').softmax(1).max(1)
    logits = student(drawn.inputs, stage='head')
    kept = (confidence >= 0.26).float()
    own = kept * F.cross_entropy(logits, labels, reduction='none')
    other = kept[drawn.partner] * F.cross_entropy(logits, labels[drawn.partner], reduction='none')
    wanted = 0.7 * (drawn.ratio * own + (1 - drawn.ratio) * other).mean()
    assert losses['loss_un'].item() == pytest.approx(wanted.item(), rel=1e-5)


RULE = dict(type='FixedThreshold', threshold=0.26)


def test_it_stands_for_tube_mix_in_sefar():
    model = still(build('SeFAR', mix=dict(type='ActorMix')))
    losses, _ = model.algorithm.step(*data_of(model), AFTER_WARMUP)
    assert losses['loss_mix'].isfinite()


def test_sefar_hands_tubes_to_what_takes_them(monkeypatch):
    for name, wanted in (('ActorMix', True), ('TubeMix', False)):
        model = still(build('SeFAR', mix=dict(type=name)))
        inputs, samples = data_of(model)
        inputs['strong_tube'] = torch.zeros(inputs['strong'].shape[:2] + inputs['strong'].shape[3:])
        given = {}
        mix = model.algorithm.mix

        def forward(clips, of=type(mix).forward, mix=mix, given=given, **tubes):
            given.update(tubes)
            return of(mix, clips)

        monkeypatch.setattr(mix, 'forward', forward)
        model.algorithm.step(inputs, samples, AFTER_WARMUP)
        assert ('tubes' in given) == wanted


def test_a_threshold_of_nothing():
    with pytest.raises(ValueError, match='threshold=0: wanted one above 0'):
        ActorMix(0)
